"""Sign-in through the sign-in page, as in a browser: form, CSRF token, cookies."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bench.harness.bench_site import BenchSite
from bench.harness.bench_users import PASSWORD, user_name

PAGE = "/accounts/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
MAX_USERS_PER_ADDRESS = 20
"""The page accepts 30 sign-ins a minute from one address, and this limit stays in force. On Linux,
all of 127.0.0.0/8 is the local machine, so users are spread over several addresses."""


class CannotSignIn(Exception):
    """The page refused the user name and the password; the message has the response."""


def sign_in_new_users(site: BenchSite, count: int) -> list[str]:
    """Create `count` users, sign them in, four at a time, and return their session keys."""
    site.run(["bench.harness.bench_users", str(count)])
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(partial(sign_in, site.port), range(count)))


def sign_in(port: int, number: int) -> str:
    """Sign a user in and return the session key. Raises CannotSignIn."""
    address = f"127.0.0.{2 + number // MAX_USERS_PER_ADDRESS}"
    connection = HTTPConnection("127.0.0.1", port, timeout=60, source_address=(address, 0))
    connection.request("GET", PAGE)
    page = connection.getresponse()
    token = TOKEN.search(page.read().decode())
    if token is None:
        raise CannotSignIn(f"{PAGE} has no form: {page.status}")
    form = {
        "login": user_name(number),
        "password": PASSWORD,
        "csrfmiddlewaretoken": token[1],
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken-{port}={_get_cookie(page, f'csrftoken-{port}')}",
        "Origin": f"http://127.0.0.1:{port}",
    }
    connection.request("POST", PAGE, urlencode(form), headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 302:
        raise CannotSignIn(f"{form['login']} got {response.status} instead of a redirect")
    return _get_cookie(response, f"sessionid-{port}")


def _get_cookie(response: HTTPResponse, name: str) -> str:
    cookies = SimpleCookie("; ".join(response.headers.get_all("Set-Cookie", [])))
    if name not in cookies:
        raise CannotSignIn(f"The response sets no cookie {name}")
    return cookies[name].value

"""Logs people in over the site's login page, as a browser does: form, CSRF token, cookies."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bench.harness.bench_users import PASSWORD, user_name

PAGE = "/accounts/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
MAX_USERS_PER_ADDRESS = 20
"""The page takes 30 logins a minute from one address; that limit stays as it is. On Linux all of
127.0.0.0/8 is this machine, so people come from addresses of their own."""


class CannotSignIn(Exception):
    """The page did not take the name and the password; says what it answered."""


def sign_in_all(port: int, count: int) -> list[str]:
    """The session keys of `count` people, four of whom log in at a time."""
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(partial(sign_in, port), range(count)))


def sign_in(port: int, number: int) -> str:
    """The session key that this person's browser gets. Raises CannotLogIn."""
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
        "Cookie": f"csrftoken={_cookie(page, 'csrftoken')}",
        "Origin": f"http://127.0.0.1:{port}",
    }
    connection.request("POST", PAGE, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 302:
        raise CannotSignIn(f"{form['login']} got {answer.status} instead of a redirect")
    return _cookie(answer, "sessionid")


def _cookie(response: HTTPResponse, name: str) -> str:
    cookies = SimpleCookie("; ".join(response.headers.get_all("Set-Cookie", [])))
    if name not in cookies:
        raise CannotSignIn(f"The page set no cookie {name}")
    return cookies[name].value

"""Signed-in users of a running site, and their sockets."""

import itertools
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from tests.fixtures.site_process import SiteProcess
from tests.fixtures.socket_client import SocketClient

PASSWORD = "a-good-long-password"

_numbers = itertools.count(time.time_ns() % 10**9)


class UserSession:
    """A new user; `cookie` is the session."""

    def __init__(self, site: SiteProcess) -> None:
        self.site = site
        self.name = f"user{next(_numbers)}"
        self._jar = CookieJar()
        self._web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        words = {"username": self.name, "password1": PASSWORD, "password2": PASSWORD}
        self.post("/accounts/signup/", **words)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    @property
    def _csrf_token(self) -> str:
        return next(
            cookie.value or "" for cookie in self._jar if cookie.name.startswith("csrftoken-")
        )

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of an API request with this session."""
        token = self._csrf_token
        return {"Cookie": self.cookie, "Referer": self.site.base_url, "X-CSRFToken": token}

    def post(self, path: str, **fields: str) -> None:
        """Send a form with the CSRF token of its page."""
        self._web.open(self.site.base_url + path).close()
        token = self._csrf_token
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(
            self.site.base_url + path, data, headers={"Referer": self.site.base_url}
        )
        self._web.open(request).close()

    def call(self, method: str, path: str) -> None:
        """Send an API request with this session."""
        token = self._csrf_token
        headers = {"Referer": self.site.base_url, "X-CSRFToken": token}
        url = f"{self.site.base_url}/api/v1/{path}"
        self._web.open(urllib.request.Request(url, method=method, headers=headers)).close()

    def connect(self, **headers: str) -> SocketClient:
        return SocketClient(self.site.port, Cookie=self.cookie, **headers)

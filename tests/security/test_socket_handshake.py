"""Sockets read the cookies and the host of a handshake exactly as pages do."""

import http.client

import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus

from recognizer.models import User
from tests.fixtures.deadlines import deadline
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

COOKIES = {
    "json": 'prefs={{"a":1}}; {session}',
    "json with commas": 'prefs={{"a":1,"b":[2,3]}}; {session}',
    "quoted": 'a="b c"; {session}; d="e',
    "quoted with semicolon": 'a="b;c"; {session}',
    "blanks": "a = b ;   {session}  ; c",
    "brackets": "a[0]=1; b(c)=2; d@e=3; {session}",
    "a name alone": "consent; {session}",
    "empty parts": ";; ;{session};;",
    "an empty value": "a=; =b; {session}",
    "reserved names": "path=/; expires=never; $Version=1; {session}",
    "not ASCII": "naïve=café; {session}",
    "no separator": "a=b;{session};c=d",
    "equals signs": "a=b=c==; {session}",
    "colons": "a:b=c; {session}",
}
REFUSED_COOKIES = {
    "a second session": f"{{session}}; {settings.SESSION_COOKIE_NAME}=made-up",
    "another name": "S{session}",
    "inside another value": 'a="{session}"',
}


def _page_user_id(web: WebProcess, cookie: str) -> str:
    """Return the user id that a page shows for a cookie header; empty if anonymous."""
    connection = http.client.HTTPConnection("localhost", web.port, timeout=deadline(10))
    connection.request("GET", "/", headers={"Cookie": cookie.encode("latin-1")})
    page = connection.getresponse().read().decode()
    connection.close()
    return page.partition('data-user="')[2].partition('"')[0]


def _socket_user_id(web: WebProcess, cookie: str) -> str:
    """Return the user id in `hello` for a cookie header; empty if anonymous."""
    with web.connect(cookie) as client:
        client.send(type="auth", token="made-up")
        message = client.receive("hello") if _page_user_id(web, cookie) else {}
        if message:
            return str(message["user"]["id"])
        assert client.close_code() == 4401
    return ""


@pytest.mark.parametrize("header", COOKIES.values(), ids=COOKIES.keys())
def test_odd_cookies_do_not_hide_the_session(
    web: WebProcess, owner: User, cookie: Cookie, header: str
) -> None:
    cookies = header.format(session=cookie(owner))
    assert _page_user_id(web, cookies) == _socket_user_id(web, cookies) == str(owner.pk)


@pytest.mark.parametrize("header", REFUSED_COOKIES.values(), ids=REFUSED_COOKIES.keys())
def test_a_session_that_pages_refuse_opens_no_socket(
    web: WebProcess, owner: User, cookie: Cookie, header: str
) -> None:
    cookies = header.format(session=cookie(owner))
    assert _page_user_id(web, cookies) == _socket_user_id(web, cookies) == ""


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost.elsewhere.example", "a b", "[::"])
def test_refuses_a_host_that_pages_refuse(
    web: WebProcess, owner: User, cookie: Cookie, host: str
) -> None:
    assert web.request("GET", "/", Host=host)[0] == 400
    with pytest.raises(InvalidStatus), web.connect(cookie(owner), Host=host):
        pass

"""Control characters in paths, queries and forms."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.models import User
from recognizer.realtime.authentication import identify_session
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db

QUERIES = ["q=%00", "q=a%00b", "%00=1", "q=%1b[31m", "q=%7f", "q=a&q=%01", "q=%ed%a0%80%00"]
PATHS = [
    "/",
    "/history/",
    "/models/",
    "/accounts/login/",
    "/admin/recognizer/drawing/",
    "/admin/recognizer/user/",
    "/api/v1/drawings/",
    "/api/v1/review/drawings/",
]


@pytest.mark.both_databases
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", PATHS)
def test_refuses_control_characters_in_a_query(
    admin: User, sign_in: SignIn, path: str, query: str
) -> None:
    response = sign_in(admin).get(f"{path}?{query}")
    assert response.status_code == 400
    is_problem = response["Content-Type"] == "application/problem+json"
    assert is_problem == path.startswith("/api/")


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/", "/history/", "/accounts/login/", "/admin/", "/api/v1/me/"])
@pytest.mark.parametrize("value", [r'"\000\000\000\000\000\000\000\000"', r'"abcdefgh\033"'])
def test_ignores_a_session_cookie_with_control_characters(
    anonymous: Client, path: str, value: str
) -> None:
    """PostgreSQL refuses a query with such a session key."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={value}"
    with CaptureQueriesContext(connection) as queries:
        response = anonymous.get(path, headers={"Cookie": cookie})
    assert response.status_code in (200, 302, 401)
    assert not [query for query in queries if "django_session" in query["sql"]]


def test_ignores_only_the_cookie_with_control_characters(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].OutputString()
    cookies = f'prefs="\\000"; {session}; time_zone="\\011"'
    assert browser.get("/api/v1/me/", headers={"Cookie": cookies}).status_code == 200


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/ws/recognize/", "/ws/training/"])
def test_socket_ignores_a_session_cookie_with_control_characters(path: str) -> None:
    cookie = rf'{settings.SESSION_COOKIE_NAME}="\000\000\000\000\000\000\000\000"'
    scope = {"type": "websocket", "path": path, "headers": [(b"cookie", cookie.encode())]}
    assert identify_session(scope) is None


@pytest.mark.parametrize("path", ["/models/%00/", "/review/digits/%01/", "/api/v1/models/%00/"])
def test_refuses_control_characters_in_a_path(admin: User, sign_in: SignIn, path: str) -> None:
    assert sign_in(admin).get(path).status_code == 400


@pytest.mark.parametrize("form", [{"login": "a\x00"}, {"a\x00": "b"}, {"login": ["a", "\x1b"]}])
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
def test_refuses_control_characters_in_a_form(
    anonymous: Client, path: str, form: dict[str, object]
) -> None:
    assert anonymous.post(path, form).status_code == 400


@pytest.mark.parametrize("query", ["q=a%0Ab", "q=%09", "q=%C3%A9", "q=%F0%9F%98%80"])
def test_accepts_other_characters(anonymous: Client, query: str) -> None:
    assert anonymous.get(f"/?{query}").status_code == 200

"""Control characters in paths, queries and forms."""

import pytest
from django.test import Client

from recognizer.models import User
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

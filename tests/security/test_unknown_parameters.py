"""Unknown and repeated query parameters."""

from uuid import UUID

import pytest

from recognizer.models import User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.users import SignIn
from tests.security.permissions import list_api_requests

pytestmark = pytest.mark.django_db

DOCUMENTS = ("/api/v1/docs/", "/api/v1/schema/", "/api/v1/{anything}")
CALLS = sorted(call for call in list_api_requests() if call[1] not in DOCUMENTS)


@pytest.mark.parametrize(("method", "route"), CALLS, ids=" ".join)
def test_refuses_an_unknown_parameter_by_name(
    method: str, route: str, admin: User, sign_in: SignIn
) -> None:
    client = sign_in(admin)
    path = route.replace("{id}", str(UUID(int=1)))
    send = getattr(client, method.lower())
    response = send(f"{path}?colour=red", data={}, content_type="application/json")
    if method == "GET":
        response = client.get(f"{path}?colour=red")
    assert problem_code(response) == (400, "invalid")
    assert list(response.json()["errors"]) == ["colour"]


def test_refuses_a_repeated_parameter(owner: User, sign_in: SignIn) -> None:
    mine = ApiClient(sign_in(owner))
    assert problem_code(mine.get("drawings/?limit=1&limit=2")) == (400, "invalid")

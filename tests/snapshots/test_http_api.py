"""GET and POST snapshots/, snapshots/{id}/."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Snapshot, User
from tests.api.api_client import ApiClient, problem_code
from tests.snapshots.factories import (
    make_labelled_drawing,
    make_model_trained_on,
    make_teaching_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_creates_lists_and_shows_a_snapshot(
    admin_api: ApiClient, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 4)
    response = admin_api.post("snapshots/", {"note": "The first."})
    assert response.status_code == 200
    body = response.json()
    assert (body["note"], body["by"], body["drawings"]) == ("The first.", "admin", 1)
    owner.refresh_from_db()
    assert body[owner.split]["4"] == 1
    assert sum(body["training"].values()) + sum(body["holdout"].values()) == 1
    assert set(body["training"]) == {*map(str, range(10)), "not_a_digit"}
    make_labelled_drawing(owner, 5)
    second = admin_api.post("snapshots/", {}).json()
    with django_assert_num_queries(4):  # session, user, roles, snapshots
        listed = admin_api.get("snapshots/").json()
    assert [one["id"] for one in listed] == [second["id"], body["id"]]
    version = make_model_trained_on(Snapshot.objects.get(pk=body["id"]), sha256="cd" * 32)
    one = admin_api.get(f"snapshots/{body['id']}/").json()
    assert one == body | {"erased": 0, "withdrawn": 0, "suspended": 0, "models": [version.ref]}


def test_refuses_a_snapshot_without_agreed_labels(admin_api: ApiClient) -> None:
    assert problem_code(admin_api.post("snapshots/", {})) == (409, "no_training_data")
    assert admin_api.get("snapshots/").json() == []


@pytest.mark.parametrize(
    "body", [[], {"note": ["x"]}, {"note": "x" * 201}, {"note": None}, {"why": ""}], ids=str
)
def test_refuses_an_invalid_body(admin_api: ApiClient, body: Any) -> None:
    make_labelled_drawing(make_teaching_user("anna"))
    assert problem_code(admin_api.post("snapshots/", body)) == (400, "invalid")
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("id", ["1", "nothing", str(UUID(int=1)), "é" * 300])
def test_an_unknown_snapshot_is_not_found(admin_api: ApiClient, id: str) -> None:
    assert problem_code(admin_api.get(f"snapshots/{id}/")) == (404, "not_found")


def test_only_admins_have_access(
    owner_api: ApiClient, reviewer: User, sign_in: Any, anonymous: Any
) -> None:
    make_labelled_drawing(make_teaching_user("anna"))
    for api in (owner_api, ApiClient(sign_in(reviewer))):
        for response in (
            api.get("snapshots/"),
            api.post("snapshots/", {}),
            api.get(f"snapshots/{uuid4()}/"),
        ):
            assert problem_code(response) == (403, "permission_denied")
    assert problem_code(ApiClient(anonymous).post("snapshots/", {})) == (401, "not_authenticated")
    assert not Snapshot.objects.exists()

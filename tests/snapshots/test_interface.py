"""GET and POST snapshots/, snapshots/{id}/."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.models import Snapshot, User
from recognizer.snapshots import split_of
from tests.api.calling import Api, code_of
from tests.snapshots.agreed import agreed, learnt_from, teacher

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_one_is_made_listed_and_looked_at(
    chief: Api, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = teacher("anna")
    agreed(owner, 4)
    made = chief.post("snapshots/", {"note": "The first."})
    assert made.status_code == 200
    body = made.json()
    assert (body["note"], body["by"], body["drawings"]) == ("The first.", "admin", 1)
    assert body[split_of(owner)]["4"] == 1
    assert sum(body["training"].values()) + sum(body["holdout"].values()) == 1
    assert set(body["training"]) == {*map(str, range(10)), "not_a_digit"}
    agreed(owner, 5)
    second = chief.post("snapshots/", {}).json()
    with django_assert_num_queries(3):  # session, user, snapshots
        listed = chief.get("snapshots/").json()
    assert [one["id"] for one in listed] == [second["id"], body["id"]]
    version = learnt_from(Snapshot.objects.get(pk=body["id"]), sha256="cd" * 32)
    one = chief.get(f"snapshots/{body['id']}/").json()
    assert one == body | {"erased": 0, "withdrawn": 0, "models": [version.label]}


def test_nothing_agreed_is_a_conflict(chief: Api) -> None:
    assert code_of(chief.post("snapshots/", {})) == (409, "nothing_to_learn")
    assert chief.get("snapshots/").json() == []


@pytest.mark.parametrize(
    "body", [[], {"note": ["x"]}, {"note": "x" * 201}, {"note": None}, {"why": ""}], ids=str
)
def test_a_body_that_makes_no_sense_is_refused(chief: Api, body: Any) -> None:
    agreed(teacher("anna"))
    assert code_of(chief.post("snapshots/", body)) == (400, "invalid")
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("id", ["1", "nothing", str(UUID(int=1)), "é" * 300])
def test_a_snapshot_that_is_not_there_is_not_there(chief: Api, id: str) -> None:
    assert code_of(chief.get(f"snapshots/{id}/")) == (404, "not_found")


def test_only_admins_reach_any(mine: Api, reviewer: User, sign_in: Any, anonymous: Any) -> None:
    agreed(teacher("anna"))
    for api in (mine, Api(sign_in(reviewer))):
        for answer in (
            api.get("snapshots/"),
            api.post("snapshots/", {}),
            api.get(f"snapshots/{uuid4()}/"),
        ):
            assert code_of(answer) == (403, "permission_denied")
    assert code_of(Api(anonymous).post("snapshots/", {})) == (401, "not_authenticated")
    assert not Snapshot.objects.exists()

"""POST models/{id}/promote/, models/rollback/, models/{id}/shadow/, models/{id}/compare/."""

from typing import Any

import pytest

from recognizer import contract, registry
from recognizer.models import Evaluation, ModelVersion, Promotion, User
from tests.api.calling import Api, code_of
from tests.api.drawn import model_version
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.cast import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def ruler(admin: User, sign_in: SignIn) -> Api:
    return Api(sign_in(admin))


@pytest.fixture
def serving(db: None) -> ModelVersion:
    model = model_version()
    Promotion.objects.create(model=model, reason="The first.", kind="first")
    return model


@pytest.fixture
def contender(serving: ModelVersion) -> ModelVersion:
    return model_version("challenger", "ef" * 32)


def _judge(contender: ModelVersion, serving: ModelVersion, outcome: str) -> Evaluation:
    people = {"name": "people", "is_of_people": True, "changed": {"won": [{"key": "a/1"}]}}
    base = {"name": "mnist", "is_of_people": False, "changed": {"won": [{"index": 3}]}}
    return Evaluation.objects.create(
        challenger=contender,
        champion=serving,
        gate_result=outcome,
        decided_by="Better on MNIST.",
        report={"sets": [base, people]},
    )


def test_an_admin_promotes_what_passed(
    ruler: Api, admin: User, serving: ModelVersion, contender: ModelVersion
) -> None:
    verdict = _judge(contender, serving, "passed")
    answer = ruler.post(f"models/{contender.ref}/promote/", {"champion": serving.ref})
    assert answer.status_code == 200
    body = answer.json()
    assert body["champion"]
    assert body["promotions"][0] | {"created_at": ""} == {
        "kind": "promotion",
        "by": "admin",
        "reason": "Better on MNIST.",
        "evaluation": verdict.pk,
        "created_at": "",
    }
    assert registry.champion() == contender


def test_what_was_refused_needs_a_reason_which_is_kept(
    ruler: Api, serving: ModelVersion, contender: ModelVersion
) -> None:
    _judge(contender, serving, "refused")
    path = f"models/{contender.ref}/promote/"
    assert code_of(ruler.post(path, {})) == (409, "reason_required")
    assert ruler.post(path, {"reason": "Sevens matter most."}).status_code == 200
    newest = registry.newest_promotion()
    assert newest is not None
    assert (newest.kind, newest.reason) == ("override", "Sevens matter most.")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"champion": "inknet@000000000000"}, (409, "conflict")),
        ({"reason": "x" * 501}, (400, "invalid")),
        ({"reasons": "x"}, (400, "invalid")),
        ([], (400, "invalid")),
    ],
)
def test_it_refuses_what_makes_no_sense_and_changes_nothing(
    body: Any,
    expected: tuple[int, str],
    ruler: Api,
    serving: ModelVersion,
    contender: ModelVersion,
) -> None:
    _judge(contender, serving, "passed")
    assert code_of(ruler.post(f"models/{contender.ref}/promote/", body)) == expected
    assert registry.champion() == serving


def test_what_was_never_compared_is_refused(ruler: Api, contender: ModelVersion) -> None:
    answer = ruler.post(f"models/{contender.ref}/promote/", {"reason": "I want it."})
    assert code_of(answer) == (409, "not_evaluated")


def test_an_admin_rolls_back(ruler: Api, serving: ModelVersion, contender: ModelVersion) -> None:
    assert code_of(ruler.post("models/rollback/", {})) == (409, "no_previous_model")
    _judge(contender, serving, "passed")
    ruler.post(f"models/{contender.ref}/promote/", {})
    answer = ruler.post("models/rollback/", {"reason": "It takes 1 for 7."})
    assert answer.json()["id"] == serving.ref
    assert answer.json()["promotions"][0]["kind"] == "rollback"
    assert registry.champion() == serving


def test_an_admin_puts_one_in_the_shadow_and_takes_it_out(
    ruler: Api, serving: ModelVersion, contender: ModelVersion
) -> None:
    path = f"models/{contender.ref}/shadow/"
    assert ruler.post(path, {"on": True}).json()["shadow"]
    assert not ruler.post(path, {"on": False}).json()["shadow"]
    refused = ruler.post(f"models/{serving.ref}/shadow/", {"on": True})
    assert code_of(refused) == (409, "already_serving")
    assert code_of(ruler.post(path, {})) == (400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_a_comparison_is_sent_to_the_workers_of_the_background(
    ruler: Api, serving: ModelVersion, contender: ModelVersion, valkey: BrokerProcess
) -> None:
    assert ruler.post(f"models/{contender.ref}/compare/", {}).status_code == 202
    with valkey.client() as client:
        assert client.llen(contract.TRAINING_QUEUE) == 1
    assert code_of(ruler.post(f"models/{serving.ref}/compare/", {})) == (409, "already_serving")


@pytest.mark.django_db(transaction=True)
def test_a_comparison_while_the_broker_is_away_is_to_be_asked_for_again(
    ruler: Api, serving: ModelVersion, contender: ModelVersion, valkey: BrokerProcess
) -> None:
    valkey.kill()
    answer = ruler.post(f"models/{contender.ref}/compare/", {})
    assert code_of(answer) == (503, "unavailable")
    assert answer["Retry-After"]


def test_which_drawings_of_people_changed_is_told_to_reviewers_alone(
    mine: Api, reviewer: User, sign_in: SignIn, serving: ModelVersion, contender: ModelVersion
) -> None:
    _judge(contender, serving, "refused")
    path = f"models/{contender.ref}/"
    seen = [
        [one["changed"]["won"] for one in api.get(path).json()["evaluations"][0]["report"]["sets"]]
        for api in (mine, Api(sign_in(reviewer)))
    ]
    assert seen == [[[{"index": 3}], []], [[{"index": 3}], [{"key": "a/1"}]]]


def test_only_admins_change_anything(
    mine: Api, reviewer: User, sign_in: SignIn, serving: ModelVersion, contender: ModelVersion
) -> None:
    _judge(contender, serving, "passed")
    for api in (mine, Api(sign_in(reviewer))):
        for call in (f"{contender.ref}/promote", "rollback", f"{contender.ref}/shadow"):
            answer = api.post(f"models/{call}/", {"on": True} if "shadow" in call else {})
            assert code_of(answer) == (403, "permission_denied")
    assert registry.champion() == serving

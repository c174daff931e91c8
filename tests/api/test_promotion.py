"""POST models/{id}/promote/, models/rollback/, models/{id}/shadow/, models/{id}/compare/."""

import base64
import zlib
from typing import Any

import pytest

from recognizer import protocol
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Evaluation, ModelVersion, Promotion, User
from recognizer.registry.evaluation_request import close_evaluation
from recognizer.registry.promotion import load_champion, load_latest_promotion
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_model_version
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.evaluation_reports import make_report, make_set_report
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def admin_api(admin: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(admin))


@pytest.fixture
def serving(db: None) -> ModelVersion:
    model = make_model_version()
    Promotion.objects.create(model=model, reason="The first.", kind="first")
    return model


@pytest.fixture
def challenger(serving: ModelVersion) -> ModelVersion:
    return make_model_version("challenger", "ef" * 32)


def _make_evaluation(challenger: ModelVersion, serving: ModelVersion, outcome: str) -> Evaluation:
    sides = {"label": 7, "champion": 1, "challenger": 7}
    raster = base64.b64encode(zlib.compress(bytes(28 * 28))).decode()
    users = make_set_report(changed={"won": [{**sides, "key": "a/1"}], "lost": []})
    mnist = make_set_report(
        name="mnist",
        is_from_users=False,
        changed={"won": [{**sides, "index": 3, "raster": raster}], "lost": []},
    )
    return Evaluation.objects.create(
        challenger=challenger,
        champion=serving,
        gate_result=outcome,
        decided_by="Better on MNIST.",
        report=make_report(mnist, users),
    )


def test_admin_promotes_a_model_that_passed(
    admin_api: ApiClient, admin: User, serving: ModelVersion, challenger: ModelVersion
) -> None:
    evaluation = _make_evaluation(challenger, serving, "passed")
    response = admin_api.post(f"models/{challenger.ref}/promote/", {"champion": serving.ref})
    assert response.status_code == 200
    body = response.json()
    assert body["champion"]
    assert body["promotions"][0] | {"created_at": ""} == {
        "kind": "promotion",
        "by": "admin",
        "reason": "Better on MNIST.",
        "evaluation": evaluation.pk,
        "created_at": "",
    }
    assert load_champion() == challenger


def test_refused_model_needs_a_reason_which_is_stored(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion
) -> None:
    _make_evaluation(challenger, serving, "refused")
    path = f"models/{challenger.ref}/promote/"
    assert problem_code(admin_api.post(path, {})) == (409, "reason_required")
    assert admin_api.post(path, {"reason": "Sevens matter most."}).status_code == 200
    newest = load_latest_promotion()
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
def test_refuses_invalid_bodies_and_changes_nothing(
    body: Any,
    expected: tuple[int, str],
    admin_api: ApiClient,
    serving: ModelVersion,
    challenger: ModelVersion,
) -> None:
    _make_evaluation(challenger, serving, "passed")
    assert problem_code(admin_api.post(f"models/{challenger.ref}/promote/", body)) == expected
    assert load_champion() == serving


def test_refuses_a_model_without_evaluation(admin_api: ApiClient, challenger: ModelVersion) -> None:
    response = admin_api.post(f"models/{challenger.ref}/promote/", {"reason": "I want it."})
    assert problem_code(response) == (409, "not_evaluated")


def test_admin_rolls_back(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion
) -> None:
    assert problem_code(admin_api.post("models/rollback/", {})) == (409, "no_previous_model")
    _make_evaluation(challenger, serving, "passed")
    admin_api.post(f"models/{challenger.ref}/promote/", {})
    response = admin_api.post("models/rollback/", {"reason": "It takes 1 for 7."})
    assert response.json()["id"] == serving.ref
    assert response.json()["promotions"][0]["kind"] == "rollback"
    assert load_champion() == serving


def test_admin_starts_and_stops_a_shadow_model(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion
) -> None:
    path = f"models/{challenger.ref}/shadow/"
    assert admin_api.post(path, {"on": True}).json()["shadow"]
    assert not admin_api.post(path, {"on": False}).json()["shadow"]
    refused = admin_api.post(f"models/{serving.ref}/shadow/", {"on": True})
    assert problem_code(refused) == (409, "already_serving")
    assert problem_code(admin_api.post(path, {})) == (400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_one_evaluation_of_two_models_is_open(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion, valkey: BrokerProcess
) -> None:
    for _ in range(3):
        assert admin_api.post(f"models/{challenger.ref}/compare/", {}).status_code == 202
    with valkey.client() as client:
        assert client.llen(redis_key(protocol.EVALUATION_QUEUE)) == 1
    close_evaluation(challenger.pk, serving.pk)
    assert admin_api.post(f"models/{challenger.ref}/compare/", {}).status_code == 202
    with valkey.client() as client:
        assert client.llen(redis_key(protocol.EVALUATION_QUEUE)) == 2


@pytest.mark.django_db(transaction=True)
def test_evaluation_is_sent_to_the_background_worker(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion, valkey: BrokerProcess
) -> None:
    assert admin_api.post(f"models/{challenger.ref}/compare/", {}).status_code == 202
    with valkey.client() as client:
        assert client.llen(redis_key(protocol.EVALUATION_QUEUE)) == 1
        assert client.llen(redis_key(protocol.TRAINING_QUEUE)) == 0  # a run is sent meanwhile
    assert problem_code(admin_api.post(f"models/{serving.ref}/compare/", {})) == (
        409,
        "already_serving",
    )


@pytest.mark.django_db(transaction=True)
def test_evaluation_without_a_broker_can_be_retried(
    admin_api: ApiClient, serving: ModelVersion, challenger: ModelVersion, valkey: BrokerProcess
) -> None:
    valkey.kill()
    response = admin_api.post(f"models/{challenger.ref}/compare/", {})
    assert problem_code(response) == (503, "unavailable")
    assert response["Retry-After"]


def test_only_reviewers_see_misclassified_drawings_of_users(
    owner_api: ApiClient,
    reviewer: User,
    sign_in: SignIn,
    serving: ModelVersion,
    challenger: ModelVersion,
) -> None:
    _make_evaluation(challenger, serving, "refused")
    path = f"models/{challenger.ref}/"
    seen = [
        [len(one["changed"]["won"]) for one in _load_sets(api, path)]
        for api in (owner_api, ApiClient(sign_in(reviewer)))
    ]
    assert seen == [[1, 0], [1, 1]]


def _load_sets(api: ApiClient, path: str) -> list[dict[str, Any]]:
    sets: list[dict[str, Any]] = api.get(path).json()["evaluations"][0]["report"]["sets"]
    return sets


def test_only_admins_change_models(
    owner_api: ApiClient,
    reviewer: User,
    sign_in: SignIn,
    serving: ModelVersion,
    challenger: ModelVersion,
) -> None:
    _make_evaluation(challenger, serving, "passed")
    for api in (owner_api, ApiClient(sign_in(reviewer))):
        for call in (f"{challenger.ref}/promote", "rollback", f"{challenger.ref}/shadow"):
            response = api.post(f"models/{call}/", {"on": True} if "shadow" in call else {})
            assert problem_code(response) == (403, "permission_denied")
    assert load_champion() == serving

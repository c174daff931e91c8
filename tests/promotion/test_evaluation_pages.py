"""The pages of models and evaluations, and the actions of admins on them."""

import json
from typing import Any

import pytest
from django.test import Client

from recognizer.accounts.consent import set_teaching_consent
from recognizer.drawings.trash import delete_drawing
from recognizer.metrics import HEARTBEAT_KEY_PREFIX
from recognizer.models import Evaluation, ModelVersion, User
from recognizer.registry.promotion import append_promotion, load_champion, load_latest_promotion
from recognizer.registry.shadow_models import set_shadow
from recognizer.registry.worker_status import heartbeat_json
from recognizer.snapshots.snapshot_drawings import capture_drawings
from tests.api.factories import make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import SignIn
from tests.pipeline.factories import load_ink
from tests.promotion.conftest import EvaluationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _set(**fields: Any) -> dict[str, Any]:
    model = {
        "n": 400,
        "right": 390,
        "accuracy": 0.975,
        "interval": [0.954, 0.986],
        "ece": 0.012,
        "bins": [{"n": 27, "confidence": 0.6, "accuracy": 0.5}],
        "confusion": [
            [40 if row == column < 10 else 0 for column in range(11)] for row in range(11)
        ],
    }
    test = {"n": 400, "won": 9, "lost": 1, "p": 0.02, "p_adjusted": 0.04}
    return {
        "name": "people",
        "title": "People's drawings kept out",
        "n": 400,
        "is_stand_in": False,
        "is_of_people": True,
        "lacks": "",
        "worse": [],
        "is_better": True,
        "test": test,
        "difference": 0.02,
        "interval": [0.004, 0.04],
        "bound": 0.007,
        "by_digit": [{"digit": 4, **test, "champion": 36, "challenger": 39, "n": 40}],
        "champion": model,
        "challenger": {**model, "accuracy": 0.995, "interval": [0.98, 0.999]},
        "changed": {"won": [], "lost": []},
        **fields,
    }


def _report(*sets: dict[str, Any]) -> dict[str, Any]:
    speed = {"one_ms": 0.4, "of_a_group_ms": 0.1}
    published = {"name": "mnist_test", "title": "MNIST's published test set", "n": 10_000}
    shares = {who: {"accuracy": 0.996} for who in ("champion", "challenger")}
    return {
        "sets": list(sets),
        "published": [{**published, **shares}],
        "speed": {"champion": speed, "challenger": speed},
    }


def _get(browser: Client, path: str) -> Any:
    """Return the response, whose `context` holds what the page shows."""
    response = browser.get(path)
    assert response.status_code == 200
    return response


def _shows_changes(browser: Client, path: str) -> bool:
    """Return whether the page shows drawings that only one of the models gets right."""
    return any(one.won or one.lost for one in _get(browser, path).context["sets"])


@pytest.fixture
def evaluation(make_evaluation: EvaluationFactory) -> Evaluation:
    return make_evaluation("passed", report=_report(_set()))


def test_the_list_shows_the_champion_and_failing_workers(
    champion: ModelVersion,
    challenger: ModelVersion,
    owner: User,
    sign_in: SignIn,
    valkey: BrokerProcess,
) -> None:
    context = _get(sign_in(owner), "/models/").context
    assert context["serving"].version == champion
    assert {card.version for card in context["cards"]} == {champion, challenger}
    assert context["serving"].readiness.workers == 0
    assert not context["can_go_back"]
    heartbeat: dict[str, Any] = {
        "serving_ref": "old@0",
        "ready_refs": [],
        "failed_ref": champion.ref,
        "load_error": "no file",
    }
    with valkey.client() as broker:
        for number in (1, 2):
            if number == 2:
                heartbeat |= {"serving_ref": champion.ref, "failed_ref": ""}
            broker.set(f"{HEARTBEAT_KEY_PREFIX}host:{number}", heartbeat_json(**heartbeat))
    context = _get(sign_in(owner), "/models/").context
    readiness = context["serving"].readiness
    assert (readiness.workers, readiness.serving) == (2, 1)
    troubles = [(one.name, one.serving_ref, one.load_error) for one in context["troubles"]]
    assert troubles == [("host:1", "old@0", "no file")]


def test_the_evaluation_page_shows_the_numbers(
    evaluation: Evaluation, owner: User, sign_in: SignIn
) -> None:
    path = f"/models/evaluations/{evaluation.pk}/"
    page = " ".join(_get(sign_in(owner), path).content.decode().split())
    for text in ("It passed.", "97.50 %", "+2.00", "+0.40", "+4.00", "published test set"):
        assert text in page
    assert "/promote/" not in page


def test_an_admin_promotes_a_passed_model(
    evaluation: Evaluation, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    path = f"/models/evaluations/{evaluation.pk}/"
    promote = f"/models/{challenger.ref}/promote/"
    assert promote in _get(browser, path).content.decode()
    response = browser.post(promote, {"champion": evaluation.champion.ref}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["success"]
    assert load_champion() == challenger
    assert _get(browser, path).context["serves"]


def test_promoting_a_refused_model_needs_a_reason(
    make_evaluation: EvaluationFactory, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    refused = make_evaluation("refused", report=_report(_set(worse=["it is worse on 4s"])))
    browser = sign_in(admin)
    page = _get(browser, f"/models/evaluations/{refused.pk}/").content.decode()
    assert 'name="reason"' in page
    assert "it is worse on 4s" in page
    response = browser.post(f"/models/{challenger.ref}/promote/", {}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert load_champion() == refused.champion
    browser.post(f"/models/{challenger.ref}/promote/", {"reason": "Sevens matter."})
    assert load_champion() == challenger
    browser.post("/models/rollback/", {"reason": "They do not."})
    assert "They do not." in _get(browser, "/models/").content.decode()
    assert load_champion() == refused.champion


def test_an_outdated_evaluation_offers_no_promotion(
    evaluation: Evaluation, champion: ModelVersion, tmp_path: Any, admin: User, sign_in: SignIn
) -> None:
    third = ModelVersion.objects.create(name="third", sha256="ef" * 32, card={})
    newest = load_latest_promotion()
    append_promotion(model=third, by=None, reason="", kind="override", replaces=newest)  # type: ignore[arg-type]
    response = _get(sign_in(admin), f"/models/evaluations/{evaluation.pk}/")
    assert not response.context["is_current"]
    assert "/promote/" not in response.content.decode()


def test_only_reviewers_see_drawings_of_users(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(report=_report(_set(changed={"won": [change], "lost": []})))
    path = f"/models/evaluations/{found.pk}/"
    assert _shows_changes(sign_in(reviewer), path)
    assert not _shows_changes(sign_in(owner), path)
    drawing.delete()
    assert not _shows_changes(sign_in(reviewer), path)


def test_hides_drawings_of_withdrawn_consent_and_deleted_ones(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    capture_drawings({drawing.pk: drawing.revision})
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(report=_report(_set(changed={"won": [change], "lost": []})))
    path, browser = f"/models/evaluations/{found.pk}/", sign_in(reviewer)
    assert _shows_changes(browser, path)
    set_teaching_consent(user=owner, may_teach=False)
    assert not _shows_changes(browser, path)
    set_teaching_consent(user=owner, may_teach=True)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert not _shows_changes(browser, path)


def test_shows_an_empty_evaluation_set(
    make_evaluation: EvaluationFactory, owner: User, sign_in: SignIn
) -> None:
    nothing = _set(n=0, lacks="0 of the 300 drawings it takes", champion={}, challenger={})
    found = make_evaluation("insufficient_evidence", report=_report(nothing))
    response = _get(sign_in(owner), f"/models/evaluations/{found.pk}/")
    assert [one.is_empty for one in response.context["sets"]] == [True]
    assert "0 of the 300 drawings" in response.content.decode()


def test_the_shadow_page_counts_disagreements(
    champion: ModelVersion, challenger: ModelVersion, owner: User, admin: User, sign_in: SignIn
) -> None:
    set_shadow(model=challenger, on=True)
    path = f"/models/{challenger.ref}/shadow/"
    assert _get(sign_in(owner), path).context["agreement"].num_predictions == 0
    owner.may_teach = True
    owner.save()
    for shadow_digit, shown in ((7, 1), (3, 3), (7, 1)):
        drawing = make_recognized_drawing(
            owner, digit=shown, model=champion, ink=load_ink(7), claim=7
        )
        assert drawing.prediction is not None
        drawing.prediction.pk, drawing.prediction.model, drawing.prediction.digit = (
            None,
            challenger,
            shadow_digit,
        )
        drawing.prediction.save(force_insert=True)
    context = _get(sign_in(owner), path).context
    stats = context["agreement"]
    assert (stats.num_predictions, stats.num_equal, stats.disagreements) == (3, 1, [(1, 7, 2)])
    assert (stats.num_labelled, stats.shown_correct, stats.shadow_correct) == (2, 0, 2)
    assert context["differences"] == []
    assert len(_get(sign_in(admin), path).context["differences"]) == 2


def test_an_admin_turns_on_the_shadow_mode(
    challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    browser.post(f"/models/{challenger.ref}/shadow/change/", {"on": "true"})
    challenger.refresh_from_db()
    assert challenger.is_shadow


def test_the_report_can_be_serialized_to_json(evaluation: Evaluation) -> None:
    assert json.loads(json.dumps(evaluation.report)) == evaluation.report

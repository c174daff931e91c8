"""The pages of networks: what they tell whom, and what admins do there."""

import json
from typing import Any

import pytest
from django.test import Client

from recognizer.accounts.services import set_teaching_consent
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
    beside = {"name": "mnist_test", "title": "MNIST's published test set", "n": 10_000}
    shares = {who: {"accuracy": 0.996} for who in ("champion", "challenger")}
    return {
        "sets": list(sets),
        "published": [{**beside, **shares}],
        "speed": {"champion": speed, "challenger": speed},
    }


def _text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def evaluation(make_evaluation: EvaluationFactory) -> Evaluation:
    return make_evaluation("passed", report=_report(_set()))


def test_the_list_says_who_answers_and_since_when(
    champion: ModelVersion,
    challenger: ModelVersion,
    owner: User,
    sign_in: SignIn,
    valkey: BrokerProcess,
) -> None:
    page = _text(sign_in(owner), "/models/")
    assert f"{champion}</a> answers now" in page
    assert "The model that comes with the site." in page
    assert challenger.sha256[:12] in page
    assert "No worker can be asked" in page
    assert "Go back" not in page
    said: dict[str, Any] = {
        "serving_ref": "old@0",
        "ready_refs": [],
        "failed_ref": champion.ref,
        "load_error": "no file",
    }
    with valkey.client() as broker:
        for number in (1, 2):
            pulse = said if number == 1 else {**said, "serving_ref": champion.ref, "failed_ref": ""}
            broker.set(f"{HEARTBEAT_KEY_PREFIX}host:{number}", heartbeat_json(**pulse))
    page = _text(sign_in(owner), "/models/")
    assert "1 of 2 workers answers with it." in page
    assert "host:1 cannot load it and answers with old@0: no file" in page


def test_the_verdict_is_told_in_words_with_its_numbers(
    evaluation: Evaluation, owner: User, sign_in: SignIn
) -> None:
    page = _text(sign_in(owner), f"/models/evaluations/{evaluation.pk}/")
    for told in (
        "Passed</span> It passed.",
        "It reads 9 drawings right that the present one gets wrong, and gets 1 drawing wrong",
        "97.50 %",
        "+2.00 points (+0.40 points to +4.00 points)",
        "Digit by digit",
        "MNIST&#x27;s published test set",
    ):
        assert told in page
    assert "Let it answer" not in page


def test_an_admin_lets_one_that_passed_answer(
    evaluation: Evaluation, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    path = f"/models/evaluations/{evaluation.pk}/"
    assert "Let it answer from now on" in _text(browser, path)
    said = {"champion": evaluation.champion.ref}
    done = browser.post(f"/models/{challenger.ref}/promote/", said, follow=True)
    assert f"{challenger} answers from now on." in done.content.decode()
    assert load_champion() == challenger
    assert "It answers now." in _text(browser, path)


def test_one_that_was_refused_needs_a_reason(
    make_evaluation: EvaluationFactory, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    refused = make_evaluation("refused", report=_report(_set(worse=["it is worse on 4s"])))
    browser = sign_in(admin)
    page = _text(browser, f"/models/evaluations/{refused.pk}/")
    assert "Let it answer all the same" in page
    assert "Here it is worse on 4s." in page
    done = browser.post(f"/models/{challenger.ref}/promote/", {}, follow=True)
    assert "Say why it shall serve" in done.content.decode()
    browser.post(f"/models/{challenger.ref}/promote/", {"reason": "Sevens matter."})
    assert load_champion() == challenger
    browser.post("/models/rollback/", {"reason": "They do not."})
    page = _text(browser, "/models/")
    assert "“They do not.” <span" in page
    assert load_champion() == refused.champion


def test_a_verdict_beside_an_earlier_champion_promotes_nobody(
    evaluation: Evaluation, champion: ModelVersion, tmp_path: Any, admin: User, sign_in: SignIn
) -> None:
    third = ModelVersion.objects.create(name="third", sha256="ef" * 32, card={})
    newest = load_latest_promotion()
    append_promotion(model=third, by=None, reason="", kind="override", replaces=newest)  # type: ignore[arg-type]
    page = _text(sign_in(admin), f"/models/evaluations/{evaluation.pk}/")
    assert "Another network answers since" in page
    assert "Let it answer" not in page


def test_peoples_drawings_are_shown_to_reviewers_alone(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(report=_report(_set(changed={"won": [change], "lost": []})))
    path = f"/models/evaluations/{found.pk}/"
    assert "Right now, wrong before" in _text(sign_in(reviewer), path)
    assert "Right now, wrong before" not in _text(sign_in(owner), path)
    drawing.delete()
    assert "Right now, wrong before" not in _text(sign_in(reviewer), path)


def test_a_training_set_shows_none_of_who_said_no_since_or_threw_it_away(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    capture_drawings({drawing.pk: drawing.revision})
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(report=_report(_set(changed={"won": [change], "lost": []})))
    path, browser = f"/models/evaluations/{found.pk}/", sign_in(reviewer)
    assert "Right now, wrong before" in _text(browser, path)
    set_teaching_consent(user=owner, may_teach=False)
    assert "Right now, wrong before" not in _text(browser, path)
    set_teaching_consent(user=owner, may_teach=True)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert "Right now, wrong before" not in _text(browser, path)


def test_a_set_without_drawings_says_so(
    make_evaluation: EvaluationFactory, owner: User, sign_in: SignIn
) -> None:
    nothing = _set(n=0, lacks="0 of the 300 drawings it takes", champion={}, challenger={})
    found = make_evaluation("insufficient_evidence", report=_report(nothing))
    page = _text(sign_in(owner), f"/models/evaluations/{found.pk}/")
    assert "There is no drawing in this set yet." in page
    assert "0 of the 300 drawings" in page


def test_the_shadow_page_counts_where_both_differ(
    champion: ModelVersion, challenger: ModelVersion, owner: User, admin: User, sign_in: SignIn
) -> None:
    set_shadow(model=challenger, on=True)
    path = f"/models/{challenger.ref}/shadow/"
    assert "Nothing yet" in _text(sign_in(owner), path)
    owner.may_teach = True
    owner.save()
    for said, shown in ((7, 1), (3, 3), (7, 1)):
        drawing = make_recognized_drawing(
            owner, digit=shown, model=champion, ink=load_ink(7), claim=7
        )
        assert drawing.prediction is not None
        drawing.prediction.pk, drawing.prediction.model, drawing.prediction.digit = (
            None,
            challenger,
            said,
        )
        drawing.prediction.save(force_insert=True)
    page = _text(sign_in(owner), path)
    assert "33.3&nbsp;%" in page
    assert '<td>1</td><td>7</td><td class="number">2</td>' in page
    assert "The newest of them" not in page
    assert "The newest of them" in _text(sign_in(admin), path)


def test_an_admin_puts_one_in_the_shadow(
    challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    browser.post(f"/models/{challenger.ref}/shadow/change/", {"on": "true"})
    challenger.refresh_from_db()
    assert challenger.is_shadow
    assert "In the shadow" in _text(browser, f"/models/{challenger.ref}/")


def test_a_report_is_json_all_the_way(evaluation: Evaluation) -> None:
    assert json.loads(json.dumps(evaluation.report)) == evaluation.report

"""The pages of models and evaluations, and what admins do there."""

from typing import Any

import pytest
from django.test import Client

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.messaging.redis_keys import HEARTBEAT_KEY, redis_key
from recognizer.models import Evaluation, ModelVersion, User
from recognizer.registry.promotion import append_promotion, load_champion, load_latest_promotion
from recognizer.registry.shadow_models import set_shadow
from recognizer.registry.worker_status import heartbeat_json
from recognizer.snapshots.drawing_copies import capture_drawings
from tests.api.factories import make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.evaluation_reports import make_report, make_set_report
from tests.fixtures.users import SignIn
from tests.pipeline.factories import load_ink
from tests.promotion.conftest import EvaluationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def evaluation(make_evaluation: EvaluationFactory) -> Evaluation:
    return make_evaluation("passed", report=make_report(make_set_report()))


def test_the_list_shows_the_champion_and_its_workers(
    champion: ModelVersion,
    challenger: ModelVersion,
    owner: User,
    sign_in: SignIn,
    valkey: BrokerProcess,
) -> None:
    page = _text(sign_in(owner), "/models/")
    assert f'data-champion="{champion.ref}"' in page
    assert f'data-model="{challenger.ref}"' in page
    assert 'data-promotion="first"' in page
    assert 'data-workers="0"' in page
    assert "data-rollback" not in page
    heartbeat: dict[str, Any] = {
        "serving_ref": "old@0",
        "ready_refs": [],
        "failed_ref": champion.ref,
        "load_error": "no file",
    }
    working = {**heartbeat, "serving_ref": champion.ref, "failed_ref": ""}
    with valkey.client() as broker:
        for number, status in ((1, heartbeat), (2, working)):
            broker.set(redis_key(f"{HEARTBEAT_KEY}host:{number}"), heartbeat_json(**status))
    page = _text(sign_in(owner), "/models/")
    assert 'data-workers-serving="1" data-workers="2"' in page
    assert 'data-failing-worker="host:1"' in page


def test_an_evaluation_shows_its_result_and_numbers(
    evaluation: Evaluation, owner: User, sign_in: SignIn
) -> None:
    page = _text(sign_in(owner), f"/models/evaluations/{evaluation.pk}/")
    for text in (
        'data-gate-result="passed"',
        "97.50 %",
        "+2.00 points (+0.40 to +4.00)",
        'data-digit="4"',
        "MNIST&#x27;s published test set",
    ):
        assert text in page
    assert "data-promote" not in page


def test_an_admin_promotes_a_model_that_passed(
    evaluation: Evaluation, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    path = f"/models/evaluations/{evaluation.pk}/"
    assert 'data-promote="passed"' in _text(browser, path)
    form = {"champion": evaluation.champion.ref}
    browser.post(f"/models/{challenger.ref}/promote/", form)
    assert load_champion() == challenger
    page = _text(browser, path)
    assert 'data-status="champion"' in page
    assert "data-rollback" in page


def test_a_refused_model_needs_a_reason(
    make_evaluation: EvaluationFactory, challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    refused = make_evaluation(
        "refused", report=make_report(make_set_report(regressions=["it is worse on 4s"]))
    )
    browser = sign_in(admin)
    page = _text(browser, f"/models/evaluations/{refused.pk}/")
    assert 'data-promote="override"' in page
    assert page.count("data-regression") == 1
    browser.post(f"/models/{challenger.ref}/promote/", {})
    assert load_champion() == refused.champion
    browser.post(f"/models/{challenger.ref}/promote/", {"reason": "Sevens matter."})
    assert load_champion() == challenger
    browser.post("/models/rollback/", {"reason": "They do not."})
    page = _text(browser, "/models/")
    assert "“They do not.”" in page
    assert 'data-promotion="rollback"' in page
    assert load_champion() == refused.champion


def test_an_evaluation_against_a_former_champion_is_outdated(
    evaluation: Evaluation, champion: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    third = ModelVersion.objects.create(name="third", sha256="ef" * 32, card={})
    newest = load_latest_promotion()
    append_promotion(model=third, by=None, reason="", kind="override", replaces=newest)  # type: ignore[arg-type]
    page = _text(sign_in(admin), f"/models/evaluations/{evaluation.pk}/")
    assert 'data-status="outdated"' in page
    assert "data-promote" not in page


def test_only_reviewers_see_drawings_of_users(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(
        report=make_report(make_set_report(changed={"won": [change], "lost": []}))
    )
    path = f"/models/evaluations/{found.pk}/"
    assert 'data-changed="won"' in _text(sign_in(reviewer), path)
    assert 'data-changed="won"' not in _text(sign_in(owner), path)
    drawing.delete()
    assert 'data-changed="won"' not in _text(sign_in(reviewer), path)


def test_hides_frozen_drawings_without_consent_or_in_the_trash(
    make_evaluation: EvaluationFactory, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    set_teaching_consent(user=owner, may_teach=True)
    drawing = make_recognized_drawing(owner, ink=load_ink(7))
    capture_drawings({drawing.pk: drawing.revision})
    change = {"key": f"{drawing.pk}/1", "label": 7, "champion": 1, "challenger": 7}
    found = make_evaluation(
        report=make_report(make_set_report(changed={"won": [change], "lost": []}))
    )
    path, browser = f"/models/evaluations/{found.pk}/", sign_in(reviewer)
    assert 'data-changed="won"' in _text(browser, path)
    set_teaching_consent(user=owner, may_teach=False)
    assert 'data-changed="won"' not in _text(browser, path)
    set_teaching_consent(user=owner, may_teach=True)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert 'data-changed="won"' not in _text(browser, path)


def test_a_set_without_drawings_has_no_results(
    make_evaluation: EvaluationFactory, owner: User, sign_in: SignIn
) -> None:
    empty = make_set_report(
        n=0, shortage="0 of the 300 drawings it takes", champion=None, challenger=None
    )
    found = make_evaluation("insufficient_evidence", report=make_report(empty))
    page = _text(sign_in(owner), f"/models/evaluations/{found.pk}/")
    assert page.count("data-shortage") == 1
    assert 'class="ranges"' not in page


def test_the_shadow_page_counts_different_predictions(
    champion: ModelVersion, challenger: ModelVersion, owner: User, admin: User, sign_in: SignIn
) -> None:
    set_shadow(model=challenger, on=True)
    path = f"/models/{challenger.ref}/shadow/"
    assert "data-empty" in _text(sign_in(owner), path)
    owner.may_teach = True
    owner.save()
    for shadow, shown in ((7, 1), (3, 3), (7, 1)):
        drawing = make_recognized_drawing(
            owner, digit=shown, model=champion, ink=load_ink(7), claim=7
        )
        assert drawing.prediction is not None
        drawing.prediction.pk = None
        drawing.prediction.model, drawing.prediction.digit = challenger, shadow
        drawing.prediction.save(force_insert=True)
    page = _text(sign_in(owner), path)
    assert 'data-value="agreement">33.3' in page
    assert '<td>1</td><td>7</td><td class="number">2</td>' in page
    assert "data-differences" not in page
    assert "data-differences" in _text(sign_in(admin), path)


def test_an_admin_turns_shadow_mode_on(
    challenger: ModelVersion, admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    browser.post(f"/models/{challenger.ref}/shadow/change/", {"on": "true"})
    challenger.refresh_from_db()
    assert challenger.is_shadow
    assert "data-shadow" in _text(browser, f"/models/{challenger.ref}/")

"""Outcome of a user's label: on the page of a drawing, in the history, in the settings."""

import pytest
from django.test import Client

from recognizer.models import (
    Drawing,
    LabelKind,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    TrainingRun,
    User,
)
from recognizer.review.owner_claims import set_claim
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def test_claim_is_pending_then_confirmed_or_overruled(
    browser: Client, owner: User, reviewer: User
) -> None:
    drawing = _make_claimed_drawing(owner, 4)
    assert _outcome("waiting", None) in _load_page(browser, drawing)
    append_label(drawing, reviewer, 4)
    assert _outcome("confirmed", 4) in _load_page(browser, drawing)
    assert _outcome("confirmed", 4) in browser.get("/history/").content.decode()
    append_label(drawing, reviewer, 9)
    assert _outcome("overruled", 9) in _load_page(browser, drawing)
    assert _outcome("overruled", 9) in browser.get("/history/").content.decode()


def test_drawing_without_claim_shows_the_ground_truth(
    browser: Client, owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner)
    assert "data-label-outcome hidden" in _load_page(browser, drawing)
    append_label(drawing, reviewer, 10)
    assert _outcome("decided", 10) in _load_page(browser, drawing)


def test_drawing_of_a_user_without_consent_is_not_reviewed(browser: Client, owner: User) -> None:
    drawing = _make_claimed_drawing(owner, 4)
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert _outcome("not_teaching", None) in _load_page(browser, drawing)


def test_excluded_drawing_is_marked(browser: Client, owner: User, admin: User) -> None:
    drawing = _make_claimed_drawing(owner, 4)
    append_label(drawing, admin, None, kind=LabelKind.SET_ASIDE)
    assert _outcome("set_aside", None) in _load_page(browser, drawing)


def test_lists_the_models_trained_on_the_drawing(
    browser: Client, owner: User, reviewer: User
) -> None:
    drawing, held_out = _make_claimed_drawing(owner, 4), _make_claimed_drawing(owner, 4)
    snapshot = Snapshot.objects.create(sha256="5" * 64, counts={})
    for one, split in ((drawing, "training"), (held_out, "holdout")):
        append_label(one, reviewer, 4)
        snapshot_drawing = SnapshotDrawing.objects.create(
            drawing_id=one.pk, revision=1, owner=owner, ink_sha256="6"
        )
        SnapshotItem.objects.create(
            series=0,
            first_number=snapshot.number,
            sort_key=one.pk,
            drawing=snapshot_drawing,
            label=4,
            split=split,
            user_pseudonym="p",
        )
    model = make_model_version("trained", "7" * 64)
    TrainingRun.objects.create(
        architecture="inknet", snapshot=snapshot, epochs=1, trigger="page", model=model
    )
    assert f'data-trained-model="{model.ref}"' in _load_page(browser, drawing)
    assert "data-trained-model" not in _load_page(browser, held_out)


def test_settings_show_the_annotator_stats(browser: Client, owner: User, reviewer: User) -> None:
    assert "data-annotator-stats" not in browser.get("/accounts/settings/").content.decode()
    for claim in (4, 9):
        append_label(_make_claimed_drawing(owner, claim), reviewer, 4)
    page = browser.get("/accounts/settings/").content.decode()
    assert 'data-claims="2" data-claims-correct="1"' in page
    assert "0.5" not in page


def test_admin_sees_the_annotator_stats(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    for claim in (4, 4, 4, 9):
        append_label(_make_claimed_drawing(owner, claim), reviewer, 4)
    page = sign_in(admin).get("/admin/recognizer/annotatorstats/").content.decode()
    assert '<td class="field-claims_correct">3</td>' in page
    assert '<td class="field-claim_weight">0.67</td>' in page


def _make_claimed_drawing(owner: User, claim: int) -> Drawing:
    drawing = make_teaching_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=claim, source="page")
    return drawing


def _load_page(browser: Client, drawing: Drawing) -> str:
    return browser.get(f"/history/{drawing.pk}/").content.decode()


def _outcome(status: str, ground_truth: int | None) -> str:
    return f'data-outcome="{status}" data-ground-truth="{ground_truth}"'

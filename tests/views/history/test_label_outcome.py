"""What became of what one said: on the page of a drawing, in the list, on the account's page."""

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
from recognizer.review.claims import set_claim
from tests.api.factories import make_model_version
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def test_a_claim_waits_is_confirmed_or_overruled(
    browser: Client, owner: User, reviewer: User
) -> None:
    drawing = _claimed(owner, 4)
    assert "Not looked at yet" in _page(browser, drawing)
    append_label(drawing, reviewer, 4)
    assert "It counts as 4, as you said." in _page(browser, drawing)
    assert 'title="Confirmed"' in browser.get("/history/").content.decode()
    append_label(drawing, reviewer, 9)
    assert "You said 4; it counts as 9." in _page(browser, drawing)
    assert "it counts as 9" in browser.get("/history/").content.decode()


def test_a_drawing_without_a_claim_tells_what_a_reviewer_saw(
    browser: Client, owner: User, reviewer: User
) -> None:
    drawing = make_teaching_drawing(owner)
    assert "data-label-outcome hidden" in _page(browser, drawing)
    append_label(drawing, reviewer, 10)
    assert "it counts as not a digit" in _page(browser, drawing)


def test_who_has_not_agreed_to_teach_is_told_that_nobody_looks(
    browser: Client, owner: User
) -> None:
    drawing = _claimed(owner, 4)
    User.objects.filter(pk=owner.pk).update(may_teach=False)
    assert "your drawings teach nobody" in _page(browser, drawing)


def test_one_set_aside_says_so(browser: Client, owner: User, admin: User) -> None:
    drawing = _claimed(owner, 4)
    append_label(drawing, admin, None, kind=LabelKind.SET_ASIDE)
    assert "It was set aside" in _page(browser, drawing)


def test_it_names_the_networks_it_taught(browser: Client, owner: User, reviewer: User) -> None:
    drawing, kept_out = _claimed(owner, 4), _claimed(owner, 4)
    snapshot = Snapshot.objects.create(sha256="5" * 64, counts={})
    for one, split in ((drawing, "training"), (kept_out, "holdout")):
        append_label(one, reviewer, 4)
        sample = SnapshotDrawing.objects.create(
            drawing_id=one.pk, revision=1, owner=owner, ink_sha256="6"
        )
        SnapshotItem.objects.create(
            snapshot=snapshot, drawing=sample, label=4, split=split, user_pseudonym="p"
        )
    learnt = make_model_version("pupil", "7" * 64)
    TrainingRun.objects.create(
        architecture="inknet", snapshot=snapshot, epochs=1, trigger="page", model=learnt
    )
    assert "It helped to teach pupil" in _page(browser, drawing)
    assert "It helped to teach" not in _page(browser, kept_out)


def test_ones_record_is_told_kindly(
    browser: Client, owner: User, reviewer: User, sign_in: SignIn
) -> None:
    assert "Thank you for teaching" not in browser.get("/accounts/settings/").content.decode()
    for claimed in (4, 9):
        append_label(_claimed(owner, claimed), reviewer, 4)
    page = browser.get("/accounts/settings/").content.decode()
    assert "They saw the same as you in 1 of 2." in page
    assert "0.5" not in page


def test_admins_see_records_in_full(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    for claimed in (4, 4, 4, 9):
        append_label(_claimed(owner, claimed), reviewer, 4)
    page = sign_in(admin).get("/admin/recognizer/annotatorstats/").content.decode()
    assert '<td class="field-claims_correct">3</td>' in page
    assert '<td class="field-claim_weight">0.67</td>' in page


def _claimed(owner: User, value: int) -> Drawing:
    drawing = make_teaching_drawing(owner)
    set_claim(owner_id=owner.pk, drawing_id=drawing.pk, value=value, source="page")
    return drawing


def _page(browser: Client, drawing: Drawing) -> str:
    return browser.get(f"/history/{drawing.pk}/").content.decode()

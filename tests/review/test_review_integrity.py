"""Reviewers cannot gain accuracy, recognize hidden checks, or label drawings without consent."""

from typing import Any

import pytest
from django.utils import timezone

from recognizer.models import (
    AnnotatorStats,
    Drawing,
    GroundTruth,
    Label,
    LabelKind,
    ReviewItem,
    User,
)
from recognizer.review import hidden_checks
from recognizer.review.bulk_relabel import relabel_drawings
from recognizer.review.errors import CannotReview
from recognizer.review.gold_drawings import create_gold_drawing
from recognizer.review.queue import lease_next_item, submit_review, undo_review
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.review.reviewers.annotator_accuracy import publish_review_counts
from recognizer.review.search import parse_search, search_drawings
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_reviewer, make_teaching_drawing

pytestmark = pytest.mark.django_db


def test_copied_labels_gain_no_accuracy(owner: User, reviewer: User) -> None:
    drawings = [make_teaching_drawing(owner) for _ in range(5)]
    for drawing in drawings:
        append_label(drawing, reviewer, 3)
    farmer = make_reviewer("farmer")
    relabel_drawings(author=farmer, drawings={one.pk: 1 for one in drawings}, value=3, source="api")
    assert not AnnotatorStats.objects.filter(user=farmer, reviews_correct__gt=0).exists()


@pytest.mark.parametrize("way", ["relabel and undo, then the item", "undo, then the right label"])
def test_only_the_first_label_is_blind(owner: User, reviewer: User, way: str) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 3)
    farmer = make_reviewer("farmer")
    first = append_label(drawing, farmer, 8, is_blind=way.startswith("undo"))
    append_label(drawing, farmer, None, kind=LabelKind.UNDO, undoes=first)
    append_label(drawing, farmer, 3)
    stats = AnnotatorStats.objects.filter(user=farmer).first() or AnnotatorStats()
    assert stats.reviews_correct == 0


def test_an_undone_answer_to_gold_stays_scored(owner: User, reviewer: User) -> None:
    drawing = _make_gold(owner, reviewer)
    other = make_reviewer("other")
    first = append_label(drawing, other, 8, kind=LabelKind.GOLD)
    append_label(drawing, other, None, kind=LabelKind.UNDO, undoes=first)
    append_label(drawing, other, 3, kind=LabelKind.GOLD)
    assert (other.annotator_stats.reviews_correct, other.annotator_stats.reviews_incorrect) == (
        0,
        1,
    )


@pytest.mark.parametrize("kind", ["gold", "check", "one label against the prediction"])
def test_the_search_tells_no_check_from_other_drawings(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    plain = make_teaching_drawing(owner)
    if kind == "gold":
        drawing = _make_gold(owner, reviewer)
    elif kind == "check":
        monkeypatch.setattr(hidden_checks, "CHECK_FRACTION", 1.0)
        drawing = make_teaching_drawing(owner)
        append_label(drawing, reviewer, 3)
    else:
        drawing = make_teaching_drawing(owner)
        append_label(drawing, reviewer, 7)
    other = make_reviewer("other")
    assert _search(other) == {plain.pk: None, drawing.pk: None}
    assert _search(other, ground_truth="none") == {plain.pk: None, drawing.pk: None}
    assert _search(other, ground_truth="7") == {}
    assert _search(reviewer)[drawing.pk] is not None  # their own label


def test_shown_counts_are_a_day_late_and_rounded(reviewer: User, sign_in: SignIn) -> None:
    stats = AnnotatorStats.objects.create(user=reviewer, reviews_correct=32, reviews_incorrect=2)
    browser = sign_in(reviewer)
    for day in range(2):
        assert "data-review-accuracy" not in browser.get("/accounts/settings/").content.decode()
        AnnotatorStats.objects.update(published_on=None)
        publish_review_counts()
        publish_review_counts()  # a restarted process publishes nothing on the same day
        stats.refresh_from_db()
        assert (stats.shown_reviews, stats.shown_reviews_correct) == ((34, 32) if day else (0, 0))
    AnnotatorStats.objects.update(reviews_incorrect=9)
    page = browser.get("/accounts/settings/").content.decode()
    assert 'data-review-accuracy="95"' in page
    assert (stats.rounded_reviews, stats.rounded_accuracy_percent) == (30, 95)


@pytest.mark.parametrize(
    "change", [{"may_teach": False}, {"is_active": False}], ids=["consent", "active"]
)
@pytest.mark.parametrize("value", [3, None])
def test_refuses_a_label_after_consent_was_withdrawn(
    owner: User, reviewer: User, change: dict[str, Any], value: int | None
) -> None:
    make_teaching_drawing(owner, claim=8)
    item = lease_next_item(reviewer=reviewer)
    assert item
    User.objects.filter(pk=owner.pk).update(**change)
    with pytest.raises(CannotReview) as refused:
        submit_review(
            reviewer=reviewer, key=item.key, lease=item.lease, value=value, blind=True, source="api"
        )
    assert refused.value.code == "withdrawn"
    assert not Label.objects.filter(kind=LabelKind.REVIEW).exists()
    assert not GroundTruth.objects.exists()


def test_checks_cannot_be_computed_from_the_id(settings: Any) -> None:
    drawing = Drawing()
    first = hidden_checks.keyed_random(drawing.pk, "check")
    settings.SECRET_KEY = "another-key-of-thirty-two-letters"
    assert hidden_checks.keyed_random(drawing.pk, "check") != first


def test_undo_returns_the_item_with_its_key(owner: User, reviewer: User) -> None:
    drawing = _make_gold(owner, reviewer)
    for _ in range(6):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    key = ReviewItem.objects.get(drawing=drawing).key
    other = make_reviewer("other")
    item = _lease(other, key)
    submit_review(reviewer=other, key=key, lease=item.lease, value=3, blind=True, source="api")
    back = undo_review(reviewer=other, key=key, source="api")
    assert back
    assert (back.key, ReviewItem.objects.get(key=key).is_gold) == (key, True)


def _lease(reviewer: User, key: Any) -> ReviewItem:
    ReviewItem.objects.exclude(key=key).delete()
    assert lease_next_item(reviewer=reviewer)
    return ReviewItem.objects.get(key=key)


def _make_gold(owner: User, reviewer: User) -> Drawing:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 3)
    create_gold_drawing(drawing)
    return drawing


def _search(reviewer: User, **given: str) -> dict[Any, int | None]:
    page = search_drawings(parse_search(given), viewer=reviewer)
    found = {}
    for drawing in page.drawings:
        ground_truth = getattr(drawing, "ground_truth", None)
        found[drawing.pk] = ground_truth and ground_truth.value
    return found

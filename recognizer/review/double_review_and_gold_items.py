"""Quality checks in the review queue: further reviews and hidden gold items."""

import random
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import (
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    ReviewItem,
    ReviewReason,
    User,
)
from recognizer.review.gold_drawings import MIN_GOLD_REVIEWERS
from recognizer.review.hidden_checks import keyed_random
from recognizer.review.review_candidates import MAX_SCANNED_DRAWINGS

MAX_CHECK_ITEMS = 50
MAX_SCANNED_GROUND_TRUTHS = 5_000
GOLD_FRACTION = 0.05
MIN_ITEMS_FOR_GOLD = 5  # among fewer items a gold item would be recognizable
ACTIVE_REVIEWER_DAYS = 30
MIN_CONFIRMATION_PRIORITY = 0.9
"""Labels that need another reviewer come soon: training waits for them."""


def count_active_reviewers() -> int:
    """Return the number of reviewers whose labels of the last 30 days count."""
    since = timezone.now() - timedelta(days=ACTIVE_REVIEWER_DAYS)
    recent = Label.objects.filter(created_at__gte=since, item__isnull=False).order_by()
    authors = User.objects.filter(pk__in=recent.values("author"))
    return authors.filter(is_active=True, reviews_suspended_at=None).count()


def confirmed_filter(num_active: int) -> Q:
    """Match ground truths that enough reviewers agree on.

    On a site with fewer reviewers than a label needs, all of them are enough.
    """
    return Q(num_agreeing__gte=F("num_required")) | Q(num_agreeing__gte=num_active)


def select_further_reviews() -> list[ReviewItem]:
    """Return items for drawings that have a ground truth but need another reviewer: those whose
    label contradicts the prediction, and the hidden checks. Their reasons do not tell."""
    num_active = count_active_reviewers()
    num_available = max(num_active, 2)
    # Both conditions name the partial indexes of GroundTruth.
    is_unconfirmed = Q(num_agreeing__lt=F("num_required")) & Q(num_agreeing__lt=num_active)
    unconfirmed = _reviewed_by_fewer_than(num_available, is_unconfirmed)
    newest = unconfirmed[:MAX_SCANNED_DRAWINGS]
    queued = ReviewItem.objects.filter(
        is_second=True, is_gold=False, drawing__ground_truth__is_check=True
    )
    free_places = max(0, MAX_CHECK_ITEMS - queued.count())
    checks = _reviewed_by_fewer_than(
        min(MIN_GOLD_REVIEWERS, num_available), Q(is_check=True)
    ).filter(confirmed_filter(num_active), drawing__gold_drawing=None)
    return [
        *(_make_further_item(one, floor=MIN_CONFIRMATION_PRIORITY) for one in newest),
        *(_make_further_item(one, floor=0.0) for one in checks[:free_places]),
    ]


def _reviewed_by_fewer_than(limit: int, condition: Q) -> QuerySet[GroundTruth]:
    """Return the ground truths that fewer than `limit` reviewers have labelled, newest first: of
    the MAX_SCANNED_GROUND_TRUTHS newest ones that match the condition."""
    newest = GroundTruth.objects.filter(condition).order_by("-decided_at")
    scanned = newest.values("pk")[:MAX_SCANNED_GROUND_TRUTHS]
    labels = Label.objects.filter(
        drawing=OuterRef("pk"),
        revision=OuterRef("revision"),
        kind=LabelKind.REVIEW,
        value__isnull=False,
        undone_by=None,
        author__reviews_suspended_at=None,
    )
    counted = labels.order_by().values("drawing").annotate(count=Count("author", distinct=True))
    ground_truths = GroundTruth.objects.filter(
        trainable_filter("drawing__"),
        pk__in=scanned,
        is_set_aside=False,
        revision=F("drawing__revision"),
        drawing__review_item=None,
    )
    few = ground_truths.alias(num_reviews=Coalesce(Subquery(counted.values("count")), 0))
    return few.filter(num_reviews__lt=limit).order_by("-decided_at").select_related("label")


def _make_further_item(ground_truth: GroundTruth, *, floor: float) -> ReviewItem:
    rank = keyed_random(ground_truth.drawing_id, "place")
    return ReviewItem(
        drawing_id=ground_truth.drawing_id,
        revision=ground_truth.revision,
        reason=_find_reason(ground_truth),
        priority=floor + (1 - floor) * rank,
        is_second=True,
    )


def select_gold_items(added: Sequence[ReviewItem]) -> list[ReviewItem]:
    """Return gold items that reviewers cannot distinguish from other items by number, position or
    reason."""
    others = list(ReviewItem.objects.filter(is_gold=False).values_list("priority", flat=True))
    priorities = others + [item.priority for item in added]
    hidden = ReviewItem.objects.filter(is_gold=True).count()
    missing = max(1, round(len(priorities) * GOLD_FRACTION)) - hidden
    if len(priorities) < MIN_ITEMS_FOR_GOLD or missing <= 0:
        return []
    golds = GoldDrawing.objects.filter(
        trainable_filter("drawing__"),
        revision=F("drawing__revision"),
        drawing__review_item=None,
        suspended_at=None,
    ).select_related("drawing__ground_truth__label")
    chosen = golds.order_by("?")[:missing]
    return [_make_gold_item(gold, random.choice(priorities)) for gold in chosen]  # noqa: S311 - no secret


def _make_gold_item(gold: GoldDrawing, priority: float) -> ReviewItem:
    return ReviewItem(
        drawing_id=gold.pk,
        revision=gold.revision,
        reason=_find_reason(getattr(gold.drawing, "ground_truth", None)),
        priority=priority,
        is_gold=True,
    )


def _find_reason(ground_truth: GroundTruth | None) -> str:
    """Return the reason of the first review, so that a check looks like any other item."""
    reason = ground_truth.label.reason if ground_truth and ground_truth.label else ""
    return reason or ReviewReason.AUDIT

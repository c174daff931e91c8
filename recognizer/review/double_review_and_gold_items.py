"""Quality checks in the review queue: second reviews and hidden gold items."""

import random
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import Basis, GoldDrawing, GroundTruth, ReviewItem, ReviewReason
from recognizer.review.review_candidates import MAX_SCANNED_DRAWINGS

DOUBLE_REVIEW_FRACTION = 0.03  # of reviewed drawings that are not gold
MAX_DOUBLE_REVIEWS = 50
GOLD_FRACTION = 0.05
MIN_ITEMS_FOR_GOLD = 5  # among fewer items a gold item would be recognizable


def select_double_reviews() -> list[ReviewItem]:
    """Return items for a random fraction of the drawings that too few reviewers have labelled to be
    gold."""
    queued = ReviewItem.objects.filter(
        is_gold=False,
        drawing__ground_truth__revision=F("revision"),
        drawing__ground_truth__value__isnull=False,
    )
    reviewed = GroundTruth.objects.filter(
        trainable_filter("drawing__"),
        basis=Basis.REVIEW,
        is_set_aside=False,
        revision=F("drawing__revision"),
        drawing__review_item=None,
        drawing__gold_drawing=None,
    )
    newest = reviewed.order_by("-decided_at").values_list("drawing_id", "revision")[
        :MAX_SCANNED_DRAWINGS
    ]
    chosen = [
        (id, revision)
        for id, revision in newest
        if stable_random(id, "second") < DOUBLE_REVIEW_FRACTION
    ]
    free_places = max(0, MAX_DOUBLE_REVIEWS - queued.count())
    return [
        ReviewItem(
            drawing_id=id,
            revision=revision,
            reason=ReviewReason.AUDIT,
            priority=stable_random(id, "place"),
        )
        for id, revision in chosen[:free_places]
    ]


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
        trainable_filter("drawing__"), revision=F("drawing__revision"), drawing__review_item=None
    ).select_related("drawing__ground_truth__label")
    chosen = golds.order_by("?")[:missing]
    return [_make_gold_item(gold, random.choice(priorities)) for gold in chosen]  # noqa: S311 - no secret


def _make_gold_item(gold: GoldDrawing, priority: float) -> ReviewItem:
    ground_truth: GroundTruth | None = getattr(gold.drawing, "ground_truth", None)
    reason = ground_truth.label.reason if ground_truth and ground_truth.label else ""
    return ReviewItem(
        drawing_id=gold.pk,
        revision=gold.revision,
        reason=reason or ReviewReason.AUDIT,
        priority=priority,
        is_gold=True,
    )


def stable_random(id: UUID, purpose: str) -> float:
    """Return a number from 0 to 1 that is fixed for one drawing and purpose."""
    return random.Random(f"{purpose} {id}").random()  # noqa: S311 - no secret

"""Drawings that reviewers see although their truth is known: to check each other, and to be tried
on hidden gold."""

import random
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from recognizer.models import Basis, GoldDrawing, GroundTruth, ReviewItem, ReviewReason, Status
from recognizer.review.candidates import MAX_SCANNED_DRAWINGS

DOUBLE_REVIEW_FRACTION = 0.03  # of what too few reviewers judged to put it beyond doubt
MAX_DOUBLE_REVIEWS = 50
GOLD_FRACTION = 0.05
MIN_ITEMS_FOR_GOLD = 5  # no hidden gold where so few others wait: it would stand out


def select_double_reviews() -> list[ReviewItem]:
    """A share of what fewer reviewers judged than put a drawing beyond doubt."""
    waiting = ReviewItem.objects.filter(
        is_gold=False,
        drawing__ground_truth__revision=F("revision"),
        drawing__ground_truth__value__isnull=False,
    )
    judged = GroundTruth.objects.filter(
        basis=Basis.REVIEW,
        is_set_aside=False,
        revision=F("drawing__revision"),
        drawing__review_item=None,
        drawing__gold_drawing=None,
        drawing__deleted_at=None,
        drawing__status=Status.RECOGNIZED,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )
    newest = judged.order_by("-decided_at").values_list("drawing_id", "revision")[
        :MAX_SCANNED_DRAWINGS
    ]
    chosen = [
        (id, now) for id, now in newest if stable_random(id, "second") < DOUBLE_REVIEW_FRACTION
    ]
    room = max(0, MAX_DOUBLE_REVIEWS - waiting.count())
    return [
        ReviewItem(
            drawing_id=id,
            revision=now,
            reason=ReviewReason.AUDIT,
            priority=stable_random(id, "place"),
        )
        for id, now in chosen[:room]
    ]


def select_gold_items(added: Sequence[ReviewItem]) -> list[ReviewItem]:
    """Among the others in number, place and reason, so that nobody can tell one."""
    others = list(ReviewItem.objects.filter(is_gold=False).values_list("priority", flat=True))
    places = others + [card.priority for card in added]
    hidden = ReviewItem.objects.filter(is_gold=True).count()
    wanted = max(1, round(len(places) * GOLD_FRACTION)) - hidden
    if len(places) < MIN_ITEMS_FOR_GOLD or wanted <= 0:
        return []
    golds = GoldDrawing.objects.filter(
        revision=F("drawing__revision"),
        drawing__review_item=None,
        drawing__deleted_at=None,
        drawing__status=Status.RECOGNIZED,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    ).select_related("drawing__ground_truth__label")
    return [_make_gold_item(gold, random.choice(places)) for gold in golds.order_by("?")[:wanted]]  # noqa: S311 - no secret


def _make_gold_item(gold: GoldDrawing, priority: float) -> ReviewItem:
    ground_truth: GroundTruth | None = getattr(gold.drawing, "ground_truth", None)
    asked = ground_truth.label.reason if ground_truth and ground_truth.label else ""
    return ReviewItem(
        drawing_id=gold.pk,
        revision=gold.revision,
        reason=asked or ReviewReason.AUDIT,
        priority=priority,
        is_gold=True,
    )


def stable_random(id: UUID, what: str) -> float:
    """From 0 to 1, always the same for one drawing and one purpose."""
    return random.Random(f"{what} {id}").random()  # noqa: S311 - no secret

"""What the people's holdout still needs, so that networks can be judged by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F

from recognizer.models import Drawing, GroundTruth, ReviewItem, Split
from recognizer.review.candidates import Candidate

MIN_HOLDOUT_DRAWINGS = 360
MIN_DRAWINGS_PER_LABEL = 36
"""A fifth more than the gate asks for: some claims are wrong, and some drawings go again."""
MAX_DRAWINGS_PER_USER = 75
"""So many drawings of one person judge networks; with more it would be their hand that decides."""


@dataclass(slots=True)
class HoldoutCounts:
    """Drawings that are judged or wait for a reviewer, by label and by person. What is judged
    counts as what it is, what waits as what its owner says."""

    by_label: Counter[int] = field(default_factory=Counter)
    by_user: Counter[int] = field(default_factory=Counter)

    def needs_drawing(self, one: Candidate) -> bool:
        """Whether another drawing like this is needed."""
        if not one.is_holdout or self.by_user[one.owner_id] >= MAX_DRAWINGS_PER_USER:
            return False
        return (
            self.by_label.total() < MIN_HOLDOUT_DRAWINGS
            or self.by_label[one.expected_label] < MIN_DRAWINGS_PER_LABEL
        )

    def add(self, label: int | None, owner_id: int, count: int = 1) -> None:
        if label is not None:
            self.by_label[label] += count
        self.by_user[owner_id] += count


def count_holdout() -> HoldoutCounts:
    """As it stands."""
    held = HoldoutCounts()
    truths = GroundTruth.objects.filter(
        revision=F("drawing__revision"),
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__split=Split.HOLDOUT,
    )
    judged = truths.values_list("value", "drawing__owner_id").annotate(count=Count("pk"))
    for value, owner_id, count in judged.order_by():
        held.add(value, owner_id, count)
    waiting = ReviewItem.objects.filter(is_gold=False, drawing__owner__split=Split.HOLDOUT)
    unjudged = Drawing.objects.filter(review_item__in=waiting, ground_truth=None)
    for claim, answer, owner_id in unjudged.values_list("claim", "prediction__digit", "owner_id"):
        held.add(answer if claim is None else claim, owner_id)
    return held

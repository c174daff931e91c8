"""Number of holdout drawings that evaluation still needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Count, F

from recognizer.models import Drawing, GroundTruth, ReviewItem, Split
from recognizer.review.review_candidates import Candidate

MIN_HOLDOUT_DRAWINGS = 360
MIN_DRAWINGS_PER_LABEL = 36
"""Both are a fifth more than the promotion gate requires: some claims are wrong, and some drawings
are deleted later."""
MAX_DRAWINGS_PER_USER = 75
"""Limits the influence of one user's handwriting on evaluations."""


@dataclass(slots=True)
class HoldoutCounts:
    """Counts of holdout drawings that are labelled or queued, by label and by user. Queued drawings
    count under their claim, or under their prediction if there is no claim."""

    by_label: Counter[int] = field(default_factory=Counter)
    by_user: Counter[int] = field(default_factory=Counter)

    def needs_drawing(self, candidate: Candidate) -> bool:
        """Whether the holdout lacks drawings like this candidate."""
        limit = MAX_DRAWINGS_PER_USER
        if not candidate.is_established:  # these reviewed drawings establish the user
            limit = min(limit, settings.HOLDOUT_MIN_REVIEWED_DRAWINGS)
        if not candidate.is_holdout or self.by_user[candidate.owner_id] >= limit:
            return False
        return (
            self.by_label.total() < MIN_HOLDOUT_DRAWINGS
            or self.by_label[candidate.expected_label] < MIN_DRAWINGS_PER_LABEL
        )

    def add(self, label: int | None, owner_id: int, count: int = 1) -> None:
        if label is not None:
            self.by_label[label] += count
        self.by_user[owner_id] += count


def count_holdout() -> HoldoutCounts:
    """Count the holdout drawings that are labelled or queued now."""
    counts = HoldoutCounts()
    ground_truths = GroundTruth.objects.filter(
        revision=F("drawing__revision"),
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__split=Split.HOLDOUT,
    )
    labelled = ground_truths.values_list("value", "drawing__owner_id").annotate(count=Count("pk"))
    for value, owner_id, count in labelled.order_by():
        counts.add(value, owner_id, count)
    queued = ReviewItem.objects.filter(is_gold=False, drawing__owner__split=Split.HOLDOUT)
    unlabelled = Drawing.objects.filter(review_item__in=queued, ground_truth=None)
    for claim, digit, owner_id in unlabelled.values_list("claim", "prediction__digit", "owner_id"):
        counts.add(digit if claim is None else claim, owner_id)
    return counts

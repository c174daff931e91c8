"""Number of holdout drawings that evaluation still needs, and how many may be reviewed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil, floor, inf

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, GroundTruth, ReviewItem, Split
from recognizer.review.double_review_and_gold_items import (
    confirmed_filter,
    count_active_reviewers,
)
from recognizer.review.review_candidates import Candidate

MIN_HOLDOUT_DRAWINGS = 360
MIN_DRAWINGS_PER_LABEL = 36
"""Both are a fifth more than the promotion gate requires: some claims are wrong, and some drawings
are deleted later."""
MAX_DRAWINGS_PER_USER = 75
"""Limits the influence of one user's handwriting on evaluations."""
MAX_HOLDOUT_PER_TRAINING = 1.5
"""Of the reviewed drawings 40 % train. The rule requires a third; the rest allows for drawings that
are deleted later, and for reviewers who lease at the same time."""


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


def compute_allowance(*, num_training: int, num_holdout: int) -> int:
    """Return how many more holdout drawings may be reviewed after these. May be negative."""
    return floor(MAX_HOLDOUT_PER_TRAINING * num_training) - num_holdout


def can_lease_holdout() -> bool:
    """Return whether enough drawings that can train are reviewed for one more holdout drawing."""
    return count_leasable_holdout(num_waiting_training=0) > 0


def count_leasable_holdout(*, num_waiting_training: int) -> float:
    """Return how many more holdout drawings may be reviewed if the waiting drawings that can train
    are reviewed too. May be infinite or negative.

    Leased holdout items count as reviewed. The counts stop at the size of a full holdout, so that
    they stay cheap; beyond it the order of the queue decides alone.
    """
    reviewed = GroundTruth.objects.filter(
        revision=F("drawing__revision"),
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
    ).order_by()
    can_train = trainable_filter("drawing__") & confirmed_filter(count_active_reviewers())
    training = reviewed.filter(can_train, drawing__owner__split=Split.TRAINING)
    num_training = training[:MIN_HOLDOUT_DRAWINGS].count()
    if num_training == MIN_HOLDOUT_DRAWINGS:
        return inf
    holdout = Q(drawing__owner__split=Split.HOLDOUT)
    leased = ReviewItem.objects.filter(
        holdout, lease_until__gt=Now(), drawing__ground_truth=None, is_gold=False
    )
    num_holdout = reviewed.filter(holdout)[: 2 * MIN_HOLDOUT_DRAWINGS].count() + leased.count()
    return compute_allowance(
        num_training=num_training + num_waiting_training, num_holdout=num_holdout
    )


def reserved_for_queue() -> Q:
    """Match the holdout drawings without a ground truth. Only the queue's random order may decide
    which of them evaluate models, so bulk labels leave them out."""
    is_decided = Q(ground_truth__revision=F("revision")) & (
        Q(ground_truth__value__isnull=False) | Q(ground_truth__is_set_aside=True)
    )
    return Q(owner__split=Split.HOLDOUT) & ~is_decided


def is_holdout_full() -> bool:
    """Return whether the labelled drawings of the holdout suffice. It reads a few hundred rows, and
    `count_holdout` all of them."""
    num_labels = NOT_A_DIGIT_LABEL + 1
    needed = max(MIN_DRAWINGS_PER_LABEL, ceil(MIN_HOLDOUT_DRAWINGS / num_labels))
    return all(
        _holdout_ground_truths().filter(value=label)[:needed].count() == needed
        for label in range(num_labels)
    )


def count_holdout() -> HoldoutCounts:
    """Count the holdout drawings that are labelled or queued now."""
    counts = HoldoutCounts()
    labelled = _holdout_ground_truths().values_list("value", "drawing__owner_id")
    for value, owner_id, count in labelled.annotate(count=Count("pk")):
        counts.add(value, owner_id, count)
    queued = ReviewItem.objects.filter(is_gold=False, drawing__owner__split=Split.HOLDOUT)
    unlabelled = Drawing.objects.filter(review_item__in=queued, ground_truth=None)
    for claim, digit, owner_id in unlabelled.values_list("claim", "prediction__digit", "owner_id"):
        counts.add(digit if claim is None else claim, owner_id)
    return counts


def _holdout_ground_truths() -> QuerySet[GroundTruth]:
    return GroundTruth.objects.filter(
        revision=F("drawing__revision"),
        value__isnull=False,
        is_set_aside=False,
        drawing__deleted_at=None,
        drawing__owner__split=Split.HOLDOUT,
    ).order_by()

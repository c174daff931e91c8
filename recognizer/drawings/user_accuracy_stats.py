"""Statistics of a user's drawings: counts, accuracy, and errors by digit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from recognizer.drawings.query_string_filters import PREDICTED_LABEL
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing, Feed

MIN_CACHED_CURSOR = 2_000
"""A user has at most as many drawings as changes. Counting fewer drawings takes milliseconds."""
CACHE_TTL_S = 24 * 3600


@dataclass
class DigitStats:
    """Drawings with one claim (0 to 10): their number, how many were predicted otherwise, and the
    counts of these predictions by label."""

    labelled: int = 0
    incorrect: int = 0
    predicted_as: dict[int, int] = field(default_factory=dict)


@dataclass
class UserStats:
    """`labelled` counts drawings with a claim and a prediction; `correct` are those that agree.
    `predictions` counts by predicted label, `by_label` by claim."""

    drawings: int = 0
    predicted: int = 0
    unsure: int = 0
    labelled: int = 0
    correct: int = 0
    predictions: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(11), 0))
    by_label: dict[int, DigitStats] = field(
        default_factory=lambda: {value: DigitStats() for value in range(NOT_A_DIGIT_LABEL + 1)}
    )

    @property
    def accuracy(self) -> float | None:
        """Return correct / labelled, 0 to 1; None if no drawing is labelled."""
        return self.correct / self.labelled if self.labelled else None


def compute_user_stats(owner_id: int) -> UserStats:
    """Count the drawings by claim, predicted label and decision, in one query.

    Every change of a drawing advances its owner's feed. So the counts of users with a long feed are
    cached until the next change.
    """
    cursor = Feed.objects.filter(user_id=owner_id).values_list("cursor", flat=True).first() or 0
    if cursor < MIN_CACHED_CURSOR:
        return _sum_counts(_count_drawings(owner_id))
    key = f"user_stats:{owner_id}"
    cached = cache.get(key)
    if cached is None or cached["cursor"] != cursor:
        cached = {"cursor": cursor, "counts": _count_drawings(owner_id)}
        cache.set(key, cached, CACHE_TTL_S)
    return _sum_counts(cached["counts"])


def _count_drawings(owner_id: int) -> list[Any]:
    """Return rows of (claim, predicted label, decision, count)."""
    counted = (
        Drawing.objects.filter(owner_id=owner_id, deleted_at=None)
        .order_by()
        .values_list("claim", PREDICTED_LABEL, "prediction__decision")
        .annotate(count=Count("id"))
    )
    return list(counted)


def _sum_counts(counts: Iterable[Any]) -> UserStats:
    stats = UserStats()
    for claim, predicted, decision, count in counts:
        stats.drawings += count
        if decision is not None:
            stats.predicted += count
            stats.unsure += count * (decision == Decision.UNSURE)
            stats.predictions[predicted] += count
            _count_label(stats, claim, predicted, count)
    return stats


def _count_label(stats: UserStats, claim: int | None, predicted: int, count: int) -> None:
    if claim is None:
        return
    label = stats.by_label[claim]
    stats.labelled += count
    label.labelled += count
    if claim == predicted:
        stats.correct += count
    else:
        label.incorrect += count
        label.predicted_as[predicted] = label.predicted_as.get(predicted, 0) + count

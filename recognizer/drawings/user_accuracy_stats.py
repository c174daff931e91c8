"""Statistics of a user's drawings: counts, accuracy, and errors by digit."""

from dataclasses import dataclass, field

from django.db.models import Count

from recognizer.drawings.query_string_filters import PREDICTED_LABEL
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing


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
    """Count the drawings by claim, predicted label and decision, in one query."""
    stats = UserStats()
    counted = (
        Drawing.objects.filter(owner_id=owner_id, deleted_at=None)
        .order_by()
        .values_list("claim", PREDICTED_LABEL, "prediction__decision")
        .annotate(count=Count("id"))
    )
    for claim, predicted, decision, count in counted:
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

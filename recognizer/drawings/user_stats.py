"""Figures of one's own drawings: how many, how often right, which digits go wrong."""

from dataclasses import dataclass, field

from django.db.models import Count

from recognizer.drawings.filters import PREDICTED_LABEL
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing


@dataclass
class DigitStats:
    """One label (0 to 9, or NOT_A_DIGIT): how many drawings carry it, how many of those the
    network answered otherwise, and with what (`predicted_as`: answer -> how often)."""

    labelled: int = 0
    incorrect: int = 0
    predicted_as: dict[int, int] = field(default_factory=dict)


@dataclass
class UserStats:
    """`labelled` counts drawings that have both a label and an answer; `correct` of those agree.
    `predictions` counts by what the network answered, `by_label` by what the person said."""

    drawings: int = 0
    answered: int = 0
    unsure: int = 0
    labelled: int = 0
    correct: int = 0
    predictions: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(11), 0))
    by_label: dict[int, DigitStats] = field(
        default_factory=lambda: {value: DigitStats() for value in range(NOT_A_DIGIT_LABEL + 1)}
    )

    @property
    def accuracy(self) -> float | None:
        """From 0 to 1; None while nothing is labelled."""
        return self.correct / self.labelled if self.labelled else None


def compute_user_stats(owner_id: int) -> UserStats:
    """One query: drawings counted by (label, answer, decision)."""
    figures = UserStats()
    counted = (
        Drawing.objects.filter(owner_id=owner_id, deleted_at=None)
        .order_by()
        .values_list("claim", PREDICTED_LABEL, "prediction__decision")
        .annotate(count=Count("id"))
    )
    for claim, answer, decision, count in counted:
        figures.drawings += count
        if decision is not None:
            figures.answered += count
            figures.unsure += count * (decision == Decision.UNSURE)
            figures.predictions[answer] += count
            _count_label(figures, claim, answer, count)
    return figures


def _count_label(figures: UserStats, claim: int | None, answer: int, count: int) -> None:
    if claim is None:
        return
    label = figures.by_label[claim]
    figures.labelled += count
    label.labelled += count
    if claim == answer:
        figures.correct += count
    else:
        label.incorrect += count
        label.predicted_as[answer] = label.predicted_as.get(answer, 0) + count

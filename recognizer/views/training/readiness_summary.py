"""Texts of the readiness panel on the training page."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer.training.readiness import (
    MIN_EVALUATION_DRAWINGS,
    MIN_EVALUATION_DRAWINGS_PER_DIGIT,
    NUM_DIGITS,
    Readiness,
)
from recognizer.training.run_requests import DEFAULT_EPOCHS
from recognizer.views.label_and_number_formatting import format_count
from recognizer.views.models.card_sections.training_facts import format_duration

TRAINING_GOAL = 200
"""With 200 reviews in the order of the queue, a model improves (bench.reviewers.review_order)."""


@dataclass(frozen=True)
class Meter:
    key: str
    title: str
    value: int
    goal: int

    @property
    def text(self) -> str:
        return f"{self.value:,} of {self.goal:,}"

    @property
    def shown(self) -> int:
        return min(self.value, self.goal)


@dataclass(frozen=True)
class ReadinessSummary:
    """The meters, the estimated duration and what the promotion gate could decide."""

    readiness: Readiness

    @property
    def meters(self) -> list[Meter]:
        one = self.readiness
        return [
            Meter("training", "Training drawings", one.num_training, TRAINING_GOAL),
            Meter("holdout", "Holdout drawings", one.num_holdout, MIN_EVALUATION_DRAWINGS),
            Meter("digits", "Digits covered", one.num_digits, NUM_DIGITS),
        ]

    @property
    def duration(self) -> str:
        if self.readiness.epoch_s is None:
            return "known after the first run."
        epochs = DEFAULT_EPOCHS["fine_tune"]
        seconds = self.readiness.epoch_s * epochs
        return f"about {format_duration(seconds)} for {epochs} epochs, as in the last runs."

    @property
    def gate_code(self) -> str:
        if not self.readiness.can_train:
            return "cannot_train"
        return "enough" if self.readiness.has_enough_holdout else "insufficient_holdout"

    @property
    def gate_text(self) -> str:
        """The result that the gate can reach with these drawings."""
        if self.gate_code == "cannot_train":
            return "A run needs training drawings of at least two digits. Review more drawings."
        if self.gate_code == "enough":
            return "The gate can decide whether the new model is better for your users."
        return (
            f"The gate cannot pass a model for your users yet: {self._missing}. It passes only if"
            " the model is better on the base writers. Review more drawings first."
        )

    @property
    def _missing(self) -> str:
        missing = MIN_EVALUATION_DRAWINGS - self.readiness.num_holdout
        if missing > 0:
            return f"{format_count(missing, 'holdout drawing')} are missing"
        digits = ", ".join(map(str, self.readiness.short_digits))
        return f"fewer than {MIN_EVALUATION_DRAWINGS_PER_DIGIT} holdout drawings of {digits}"

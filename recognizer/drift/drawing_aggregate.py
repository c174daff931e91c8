"""Counts and sums of a day's drawings. Only sums, so that days and pointers add up exactly."""

from __future__ import annotations

from dataclasses import astuple, dataclass

NUM_CLASSES = 11
"""The ten digits and "not a digit"."""


@dataclass(frozen=True, slots=True)
class DrawingAggregate:
    """`classes` counts the predictions by class; the last class is "not a digit". `num_corrected`
    counts the claims that differ from the prediction. `num_embeddings` counts the drawings that
    have an embedding of the model that predicted them."""

    classes: tuple[int, ...] = (0,) * NUM_CLASSES
    num_unsure: int = 0
    confidence_sum: float = 0.0
    num_claims: int = 0
    num_corrected: int = 0
    num_embeddings: int = 0
    distance_sum: float = 0.0
    distance_square_sum: float = 0.0

    def __add__(self, other: DrawingAggregate) -> DrawingAggregate:
        classes = tuple(a + b for a, b in zip(self.classes, other.classes, strict=True))
        rest = zip(astuple(self)[1:], astuple(other)[1:], strict=True)
        return DrawingAggregate(classes, *(a + b for a, b in rest))

    @property
    def num_predictions(self) -> int:
        return sum(self.classes)

    @property
    def mean_confidence(self) -> float | None:
        return compute_fraction(self.confidence_sum, self.num_predictions)

    @property
    def unsure_fraction(self) -> float | None:
        return compute_fraction(self.num_unsure, self.num_predictions)

    @property
    def not_a_digit_fraction(self) -> float | None:
        return compute_fraction(self.classes[-1], self.num_predictions)

    @property
    def correction_rate(self) -> float | None:
        return compute_fraction(self.num_corrected, self.num_claims)

    @property
    def mean_distance(self) -> float | None:
        return compute_fraction(self.distance_sum, self.num_embeddings)

    @property
    def distance_variance(self) -> float:
        """The unbiased sample variance, or 0 with fewer than two embeddings."""
        if self.num_embeddings < 2:
            return 0.0
        squares = self.distance_square_sum - self.distance_sum**2 / self.num_embeddings
        return max(0.0, squares / (self.num_embeddings - 1))


def compute_fraction(part: float, whole: int) -> float | None:
    """Return part / whole, or None if whole is 0."""
    return part / whole if whole else None

"""What is counted of a day's drawings: sums alone, so that days and pointers add up exactly."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import sqrt

NUM_CLASSES = 11
"""The digits, and what is not a digit."""


@dataclass(frozen=True, slots=True)
class DrawingAggregate:
    """`classes` counts answers, the last of them "not a digit". `corrected` of the `claims` differ
    from the answer. `measured` drawings have a distance in the space of the network that answered.
    """

    classes: tuple[int, ...] = (0,) * NUM_CLASSES
    unsure: int = 0
    confidence_sum: float = 0.0
    claims: int = 0
    corrected: int = 0
    measured: int = 0
    distance_sum: float = 0.0
    distance_squares: float = 0.0

    def __add__(self, other: DrawingAggregate) -> DrawingAggregate:
        classes = tuple(a + b for a, b in zip(self.classes, other.classes, strict=True))
        rest = zip(astuple(self)[1:], astuple(other)[1:], strict=True)
        return DrawingAggregate(classes, *(a + b for a, b in rest))

    @property
    def answered(self) -> int:
        return sum(self.classes)

    @property
    def not_a_digit(self) -> int:
        return self.classes[-1]

    @property
    def confidence(self) -> float | None:
        return compute_fraction(self.confidence_sum, self.answered)

    @property
    def unsure_fraction(self) -> float | None:
        return compute_fraction(self.unsure, self.answered)

    @property
    def not_a_digit_fraction(self) -> float | None:
        return compute_fraction(self.not_a_digit, self.answered)

    @property
    def correction_rate(self) -> float | None:
        return compute_fraction(self.corrected, self.claims)

    @property
    def distance(self) -> float | None:
        return compute_fraction(self.distance_sum, self.measured)

    @property
    def distance_variance(self) -> float:
        """Unbiased; 0 where fewer than two are measured."""
        if self.measured < 2:
            return 0.0
        squares = self.distance_squares - self.distance_sum**2 / self.measured
        return max(0.0, squares / (self.measured - 1))

    @property
    def distance_deviation(self) -> float:
        return sqrt(self.distance_variance)


def compute_fraction(part: float, whole: int) -> float | None:
    """None of nothing."""
    return part / whole if whole else None

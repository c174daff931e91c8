"""Report of a finished epoch. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochReport:
    """Loss and validation accuracy after an epoch, one line of the training log.

    `validation` holds the accuracy on each set. `accuracy` and `by_digit` are of the digits of all
    sets; an entry of `by_digit` is None if no set has that digit.
    """

    epoch: int  # from 1
    epochs: int
    loss: float
    lr: float
    wall_s: float
    validation: dict[str, float]
    accuracy: float
    by_digit: list[float | None]

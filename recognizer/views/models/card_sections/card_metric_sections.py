"""Sections of a model page that show the metrics of the model card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recognizer.registry.parsers.model_card_parser import NON_DIGIT_SETS, ModelCard, SetMetrics
from recognizer.views.label_and_number_formatting import format_percent
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    PART_TITLES,
    TEN_CLASSES_NOTE,
    describe_architecture,
    set_sort_key,
    set_title,
)

NUM_DIGITS = 10
MAX_HEADLINES = 3
HEADLINE_SETS = ("mnist", "pen", "people", "synthetic")


@dataclass(frozen=True)
class IntervalBar:
    """A proportion and its 95 % interval, placed on a line from 0 to 100."""

    percent: str
    interval: str
    at: float
    low: float
    width: float
    n: int = 0
    name: str = ""


@dataclass(frozen=True)
class SetAccuracy:
    """Accuracy on one set in the test and in the validation; None where it was not measured."""

    title: str
    is_rejecting: bool  # the accuracy is the rejected part of non-digits
    test: IntervalBar | None
    validation: IntervalBar | None


@dataclass(frozen=True)
class CalibrationSummary:
    """Numbers of the calibration section; `calibration_error` is in percentage points."""

    n: int
    calibration_error: str
    least_confident: str


def describe_model(card: ModelCard, architecture: str) -> list[str]:
    """Return sentences about the model."""
    sentences = [describe_architecture(architecture)]
    if card.classes and len(card.classes) == NUM_DIGITS:
        sentences.append(TEN_CLASSES_NOTE)
    return sentences


def iter_sets(card: ModelCard) -> Iterator[tuple[str, str, SetMetrics]]:
    """Yield (part, name, metrics) of every set: test before validation, digits before
    non-digits."""
    for part in PART_TITLES:
        sets = card.metrics[part].sets if card.metrics and part in card.metrics else {}
        for name in sorted(sets, key=set_sort_key):
            yield part, name, sets[name]


def list_accuracies(card: ModelCard) -> list[SetAccuracy]:
    """Return the accuracy on every set, digits before non-digits."""
    metrics = {(part, name): one for part, name, one in iter_sets(card)}
    floor = min((one.interval[0] for one in metrics.values()), default=0.0)
    left = max(min(int(20 * floor) / 20, 0.95), 0.0)
    bars = {
        key: build_interval_bar(one.accuracy, one.interval, left=left, n=one.n)
        for key, one in metrics.items()
    }
    return [
        SetAccuracy(
            title=set_title(name),
            is_rejecting=name in NON_DIGIT_SETS,
            test=bars.get(("test", name)),
            validation=bars.get(("validation", name)),
        )
        for name in sorted({name for _, name in metrics}, key=set_sort_key)
    ]


def build_interval_bar(
    accuracy: float,
    interval: tuple[float, float],
    *,
    left: float,
    scale: float | None = None,
    n: int = 0,
    name: str = "",
) -> IntervalBar:
    """Return a bar on a line that begins at the accuracy `left`.

    By default the line ends at 100 %; else `scale` is its length in units per 1.
    """
    unit = scale or 100 / (1 - left)
    low, high = interval
    return IntervalBar(
        percent=format_percent(accuracy),
        interval=f"{format_percent(low)} to {format_percent(high)}",
        at=round((accuracy - left) * unit, 2),
        low=round((low - left) * unit, 2),
        width=round((high - low) * unit, 2),
        n=n,
        name=name,
    )


def list_headlines(card: ModelCard) -> list[tuple[str, str]]:
    """Return (value, label) of the most important metrics."""
    sets = card.best_metrics.sets if card.best_metrics else {}
    shown = [name for name in HEADLINE_SETS if name in sets][:MAX_HEADLINES]
    headlines = [
        (format_percent(sets[name].accuracy), f"accuracy on {set_title(name)}") for name in shown
    ]
    rejecting = [sets[name] for name in NON_DIGIT_SETS if name in sets]
    if rejecting and card.classes and len(card.classes) > NUM_DIGITS:
        rejected = sum(one.n * one.accuracy for one in rejecting)
        n = sum(one.n for one in rejecting)
        headlines.append((format_percent(rejected / n), "of non-digits rejected"))
    return headlines


def summarize_calibration(card: ModelCard) -> CalibrationSummary | None:
    calibration = card.best_metrics and card.best_metrics.calibration
    if not calibration:
        return None
    return CalibrationSummary(
        n=calibration.n,
        calibration_error=f"{100 * calibration.ece:.2f}",
        least_confident=format_percent(calibration.errors_in_least_confident_2_percent, decimals=0),
    )

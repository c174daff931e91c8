"""Confusion matrices of a model with the error rate of each digit."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from django.urls import reverse

from recognizer.models import NOT_A_DIGIT_LABEL, ModelVersion
from recognizer.registry.parsers.model_card_parser import ConfusionMatrix, ModelCard
from recognizer.registry.results_on_user_drawings import UserSetResult
from recognizer.views.label_and_number_formatting import format_count, format_label, format_percent
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    PART_TITLES,
    SET_TITLES,
    set_title,
)
from recognizer.views.models.card_sections.card_metric_sections import iter_sets

USER_SETS = ("people", "reviewed")
SHADES = ((0.5, 4), (0.1, 3), (0.02, 2))
"""(smallest fraction of a row, shade); smaller fractions have shade 1."""

Cells = Set[tuple[str, int, int]]
"""(set, label, prediction) of the cells whose drawings can be shown."""


@dataclass(frozen=True)
class ConfusionCell:
    """A count; `url` is the page of its drawings, or empty."""

    count: int
    shade: int
    is_correct: bool
    description: str
    url: str = ""


@dataclass(frozen=True)
class ConfusionRow:
    """A label; `share` is its error rate relative to the highest one, 0 to 100."""

    name: str
    n: int
    wrong: int
    percent: str
    share: float
    is_worst: bool
    cells: list[ConfusionCell]


@dataclass(frozen=True)
class ConfusionPanel:
    """A confusion matrix with its caption."""

    id: str
    title: str
    part: str
    n: int
    percent: str
    worst: str
    columns: list[str]
    rows: list[ConfusionRow]
    has_drawings: bool


@dataclass(frozen=True)
class EvaluatedSet:
    """A set with its confusion matrix; `name` is empty if its drawings are not shown."""

    id: str
    name: str
    title: str
    part: str
    confusion: ConfusionMatrix


def build_confusion_panels(
    card: ModelCard, version: ModelVersion, user_results: Sequence[UserSetResult]
) -> list[ConfusionPanel]:
    """Return the matrices of all sets of digits; those with drawings to show come first."""
    cells = {(one.set, one.label, one.predicted_label) for one in card.misclassifications or []}
    panels = [
        _build_panel(version, _card_set(part, name, metrics.confusion), cells)
        for part, name, metrics in iter_sets(card)
        if metrics.confusion and any(map(any, metrics.confusion))
    ]
    panels += [
        _build_panel(
            version,
            EvaluatedSet(f"users-{one.name}", one.name, one.title, "evaluation", one.confusion),
            one.cells,
        )
        for one in user_results
        if any(map(any, one.confusion))
    ]
    return sorted(panels, key=lambda panel: not panel.has_drawings)


def _card_set(part: str, name: str, confusion: ConfusionMatrix) -> EvaluatedSet:
    """Test drawings are not shown, so that no model is fitted to them."""
    is_shown = part == "validation" and name in SET_TITLES and name not in USER_SETS
    shown_name = name if is_shown else ""
    return EvaluatedSet(f"{part}-{name}", shown_name, set_title(name), PART_TITLES[part], confusion)


def _build_panel(version: ModelVersion, one: EvaluatedSet, cells: Cells) -> ConfusionPanel:
    matrix = one.confusion
    labels = [label for label, row in enumerate(matrix) if any(row)]
    has_rejected = any(row[NOT_A_DIGIT_LABEL] for row in matrix)
    predictions = [*range(10), *([NOT_A_DIGIT_LABEL] if has_rejected else [])]
    error_rates = {label: 1 - matrix[label][label] / sum(matrix[label]) for label in labels}
    worst = max(labels, key=error_rates.__getitem__)
    n = sum(map(sum, matrix))
    return ConfusionPanel(
        id=one.id,
        title=one.title,
        part=one.part,
        n=n,
        percent=format_percent(sum(matrix[label][label] for label in labels) / n),
        worst=_describe_worst_class(worst, matrix[worst]) if error_rates[worst] else "",
        columns=[format_short_label(label) for label in predictions],
        rows=[
            ConfusionRow(
                name=format_short_label(label),
                n=sum(matrix[label]),
                wrong=sum(matrix[label]) - matrix[label][label],
                percent=format_percent(1 - error_rates[label]),
                share=round(100 * error_rates[label] / (error_rates[worst] or 1), 1),
                is_worst=label == worst and error_rates[label] > 0,
                cells=[_build_cell(version, one, label, other, cells) for other in predictions],
            )
            for label in labels
        ],
        has_drawings=any(cell[0] == one.name for cell in cells),
    )


def _build_cell(
    version: ModelVersion, one: EvaluatedSet, label: int, prediction: int, cells: Cells
) -> ConfusionCell:
    row, url = one.confusion[label], ""
    if (one.name, label, prediction) in cells:
        url = reverse("model_misclassified", args=[version.ref, one.name, label, prediction])
    count = row[prediction]
    return ConfusionCell(
        count=count,
        shade=shade_level(count / sum(row)),
        is_correct=label == prediction,
        description=f"{format_label(label)} predicted as {format_label(prediction)}: {count}",
        url=url,
    )


def _describe_worst_class(label: int, row: Sequence[int]) -> str:
    n = sum(row)
    others = {prediction: count for prediction, count in enumerate(row) if prediction != label}
    confused_with = max(others, key=others.__getitem__)
    return (
        f"Lowest accuracy: {format_label(label)} with {format_percent(row[label] / n)} of {n:,}."
        f" Most frequent error: {format_label(confused_with)}"
        f" ({format_count(others[confused_with], 'time')})."
    )


def shade_level(fraction: float) -> int:
    """Return the shade 0 to 4 of a cell with this fraction of its row."""
    if not fraction:
        return 0
    return next((shade for smallest, shade in SHADES if fraction >= smallest), 1)


def format_short_label(label: int) -> str:
    return str(label) if label < NOT_A_DIGIT_LABEL else "–"

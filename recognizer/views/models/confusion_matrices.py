"""What a network reads wrong, set by set: each digit, and which is taken for which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from recognizer.models import NOT_A_DIGIT_LABEL, ModelVersion
from recognizer.registry.user_set_results import UserSetResult
from recognizer.views.formatting import format_label, format_percent
from recognizer.views.models.card_sections import Card, iter_sets
from recognizer.views.models.descriptions import PART_TITLES, SET_TITLES, set_title
from recognizer.views.models.evaluation_report import format_short_label, shade_level

Matrix = Sequence[Sequence[int]]
USER_SETS = ("people", "reviewed")

AvailableConfusions = Collection[tuple[str, int, int]]
"""(set, digit, answer) of the confusions of which drawings can be shown."""


@dataclass(frozen=True)
class ConfusionCell:
    """`address` leads to the drawings, where there are any to show."""

    count: int
    shade: int
    is_right: bool
    says: str
    address: str


@dataclass(frozen=True)
class ConfusionRow:
    """A digit; `share` is how often it is read wrong, the worst one's being 100."""

    name: str
    n: int
    wrong: int
    percent: str
    share: float
    is_worst: bool
    cells: list[ConfusionCell]


@dataclass(frozen=True)
class ConfusionMatrix:
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
    """A set with its confusion matrix; `of` names it in addresses, empty where no drawing of it is
    shown."""

    id: str
    of: str
    title: str
    part: str
    confusion: Matrix


def build_confusion_matrices(
    card: Card, version: ModelVersion, people: Sequence[UserSetResult] = ()
) -> list[ConfusionMatrix]:
    """Those first whose drawings can be looked at."""
    kept = {
        (one["set"], int(one["label"]), parse_class_name(one["answer"]))
        for one in card.get("mistakes") or ()
    }
    panels = [
        _build_matrix(version, _build_evaluated_set(part, name, found["confusion"]), kept=kept)
        for part, name, found in iter_sets(card)
        if "confusion" in found
    ]
    for one in people:
        tried = EvaluatedSet(f"compared-{one.name}", one.name, one.title, "compared", one.confusion)
        panels.append(_build_matrix(version, tried, kept=one.misclassified_cells))
    return sorted(panels, key=lambda panel: not panel.has_drawings)


def parse_class_name(answer: object) -> int:
    """Cards name classes `0` to `9` and `not_a_digit`."""
    return NOT_A_DIGIT_LABEL if answer == "not_a_digit" else int(str(answer))


def _build_evaluated_set(part: str, name: str, confusion: Matrix) -> EvaluatedSet:
    """Drawings of the final test stay unseen, so that nobody fits a network to them."""
    is_shown = part == "validation" and name in SET_TITLES and name not in USER_SETS
    of = name if is_shown else ""
    return EvaluatedSet(f"{part}-{name}", of, set_title(name), PART_TITLES[part], confusion)


def _build_matrix(
    version: ModelVersion, tried: EvaluatedSet, *, kept: AvailableConfusions
) -> ConfusionMatrix:
    matrix = tried.confusion
    labels = [label for label, row in enumerate(matrix) if sum(row)]
    answers = [
        *range(10),
        *([NOT_A_DIGIT_LABEL] if any(row[NOT_A_DIGIT_LABEL] for row in matrix) else []),
    ]
    wrong = {label: 1 - matrix[label][label] / sum(matrix[label]) for label in labels}
    worst = max(labels, key=wrong.__getitem__)
    n = sum(map(sum, matrix))
    return ConfusionMatrix(
        id=tried.id,
        title=tried.title,
        part=tried.part,
        n=n,
        percent=format_percent(sum(matrix[label][label] for label in labels) / n),
        worst=_format_worst_class(worst, matrix[worst]) if wrong[worst] else "",
        columns=[format_short_label(answer) for answer in answers],
        rows=[
            ConfusionRow(
                name=format_short_label(label),
                n=sum(matrix[label]),
                wrong=sum(matrix[label]) - matrix[label][label],
                percent=format_percent(1 - wrong[label]),
                share=round(100 * wrong[label] / (wrong[worst] or 1), 1),
                is_worst=label == worst and wrong[label] > 0,
                cells=[
                    _build_cell(version, tried, label=label, answer=one, kept=kept)
                    for one in answers
                ],
            )
            for label in labels
        ],
        has_drawings=any(one[0] == tried.of for one in kept),
    )


def _build_cell(
    version: ModelVersion,
    tried: EvaluatedSet,
    *,
    label: int,
    answer: int,
    kept: AvailableConfusions,
) -> ConfusionCell:
    row = tried.confusion[label]
    address = ""
    if (tried.of, label, answer) in kept:
        address = reverse("model_misclassified", args=[version.ref, tried.of, label, answer])
    return ConfusionCell(
        count=row[answer],
        shade=shade_level(row[answer] / sum(row)),
        is_right=label == answer,
        says=f"{format_label(label)} read as {format_label(answer)}: {row[answer]}",
        address=address,
    )


def _format_worst_class(label: int, row: Sequence[int]) -> str:
    n, right = sum(row), row[label]
    others = {answer: count for answer, count in enumerate(row) if answer != label}
    taken = max(others, key=others.__getitem__)
    name = "what is no digit" if label == NOT_A_DIGIT_LABEL else f"the {label}"
    return (
        f"Hardest is {name}: {format_percent(right / n)} of {n:,} right, most often taken for"
        f" {format_label(taken)} ({others[taken]} times)."
    ).replace("(1 times)", "(once)")

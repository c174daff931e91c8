"""What a network reads wrong, set by set: each digit, and which is taken for which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from recognizer.models import NOT_A_DIGIT_LABEL, ModelVersion
from recognizer.pages.cards import say_label
from recognizer.pages.model_card import Card, walk_sets
from recognizer.pages.model_prose import PARTS, SETS, name_set
from recognizer.pages.verdict import find_shade, say_percent, say_shortly
from recognizer.registry import PeoplesSet

Matrix = Sequence[Sequence[int]]
PEOPLES_SETS = ("people", "reviewed")

Kept = Collection[tuple[str, int, int]]
"""(set, digit, answer) of the confusions of which drawings can be shown."""


@dataclass(frozen=True)
class Cell:
    """`address` leads to the drawings, where there are any to show."""

    count: int
    shade: int
    is_right: bool
    says: str
    address: str


@dataclass(frozen=True)
class Row:
    """A digit; `share` is how often it is read wrong, the worst one's being 100."""

    name: str
    n: int
    wrong: int
    percent: str
    share: float
    is_worst: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Panel:
    id: str
    title: str
    part: str
    n: int
    percent: str
    worst: str
    columns: list[str]
    rows: list[Row]
    has_drawings: bool


@dataclass(frozen=True)
class Tried:
    """A set with its confusion matrix; `of` names it in addresses, empty where no drawing of it is
    shown."""

    id: str
    of: str
    title: str
    part: str
    confusion: Matrix


def read_panels(
    card: Card, version: ModelVersion, people: Sequence[PeoplesSet] = ()
) -> list[Panel]:
    """Those first whose drawings can be looked at."""
    kept = {
        (one["set"], int(one["label"]), read_class(one["answer"]))
        for one in card.get("mistakes") or ()
    }
    panels = [
        _panel(version, _read_tried(part, name, found["confusion"]), kept=kept)
        for part, name, found in walk_sets(card)
        if "confusion" in found
    ]
    for one in people:
        tried = Tried(f"compared-{one.name}", one.name, one.title, "compared", one.confusion)
        panels.append(_panel(version, tried, kept=one.kept))
    return sorted(panels, key=lambda panel: not panel.has_drawings)


def read_class(answer: object) -> int:
    """Cards name classes `0` to `9` and `not_a_digit`."""
    return NOT_A_DIGIT_LABEL if answer == "not_a_digit" else int(str(answer))


def _read_tried(part: str, name: str, confusion: Matrix) -> Tried:
    """Drawings of the final test stay unseen, so that nobody fits a network to them."""
    is_shown = part == "validation" and name in SETS and name not in PEOPLES_SETS
    of = name if is_shown else ""
    return Tried(f"{part}-{name}", of, name_set(name), PARTS[part], confusion)


def _panel(version: ModelVersion, tried: Tried, *, kept: Kept) -> Panel:
    matrix = tried.confusion
    labels = [label for label, row in enumerate(matrix) if sum(row)]
    answers = [
        *range(10),
        *([NOT_A_DIGIT_LABEL] if any(row[NOT_A_DIGIT_LABEL] for row in matrix) else []),
    ]
    wrong = {label: 1 - matrix[label][label] / sum(matrix[label]) for label in labels}
    worst = max(labels, key=wrong.__getitem__)
    n = sum(map(sum, matrix))
    return Panel(
        id=tried.id,
        title=tried.title,
        part=tried.part,
        n=n,
        percent=say_percent(sum(matrix[label][label] for label in labels) / n),
        worst=_say_worst(worst, matrix[worst]) if wrong[worst] else "",
        columns=[say_shortly(answer) for answer in answers],
        rows=[
            Row(
                name=say_shortly(label),
                n=sum(matrix[label]),
                wrong=sum(matrix[label]) - matrix[label][label],
                percent=say_percent(1 - wrong[label]),
                share=round(100 * wrong[label] / (wrong[worst] or 1), 1),
                is_worst=label == worst and wrong[label] > 0,
                cells=[
                    _cell(version, tried, label=label, answer=one, kept=kept) for one in answers
                ],
            )
            for label in labels
        ],
        has_drawings=any(one[0] == tried.of for one in kept),
    )


def _cell(version: ModelVersion, tried: Tried, *, label: int, answer: int, kept: Kept) -> Cell:
    row = tried.confusion[label]
    address = ""
    if (tried.of, label, answer) in kept:
        address = reverse("model_misclassified", args=[version.ref, tried.of, label, answer])
    return Cell(
        count=row[answer],
        shade=find_shade(row[answer] / sum(row)),
        is_right=label == answer,
        says=f"{say_label(label)} read as {say_label(answer)}: {row[answer]}",
        address=address,
    )


def _say_worst(label: int, row: Sequence[int]) -> str:
    n, right = sum(row), row[label]
    others = {answer: count for answer, count in enumerate(row) if answer != label}
    taken = max(others, key=others.__getitem__)
    name = "what is no digit" if label == NOT_A_DIGIT_LABEL else f"the {label}"
    return (
        f"Hardest is {name}: {say_percent(right / n)} of {n:,} right, most often taken for"
        f" {say_label(taken)} ({others[taken]} times)."
    ).replace("(1 times)", "(once)")

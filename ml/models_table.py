"""One table of all released networks, made from their cards: as text, and as Markdown for
docs/models.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml.card import Card

COLUMNS = (
    "network",
    "MNIST test",
    "pen",
    "turned",
    "small",
    "thin",
    "thick",
    "non-digits rejected",
    "unsure",
    "ECE",
    "trained + not trained parameters",
    "images/s",
)
UNKNOWN = "unknown"
BEGIN, END = "<!-- python -m ml evaluate --all --write -->", "<!-- the end of the table -->"

SPEED = COLUMNS.index("images/s")
"""The one column that is another on another machine."""


def list_rows(cards: Sequence[Card]) -> list[list[str]]:
    """Return the cells of each network's row; a figure that a card does not hold is unknown."""
    return [_list_cells(card) for card in cards]


def format_text(cards: Sequence[Card]) -> str:
    """Return the table in columns of even width."""
    rows = [list(COLUMNS), *list_rows(cards)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(lines)


def format_markdown(cards: Sequence[Card]) -> str:
    """Return the table in Markdown."""
    rows = [list(COLUMNS), ["---"] * len(COLUMNS), *list_rows(cards)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write_table(page: Path, cards: Sequence[Card]) -> None:
    """Put the table between the two marks of a Markdown page; the rest of it is written by hand."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{format_markdown(cards)}\n{END}{after}", encoding="utf-8")


def read_table(page: Path) -> list[list[str]]:
    """Return the cells of the rows between the marks, without the head."""
    table = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = table.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _list_cells(card: Card) -> list[str]:
    test = card["figures"].get("test", {})
    names = ("mnist", "pen", "pen_turned", "small", "thin", "thick")
    rejected, unsure = _pool_nondigits(test)
    speed = card.get("speed", {}).get("images_per_s")
    not_trained = card.get("not_trained", 0)
    return [
        f"{card['name']}@{card['sha256'][:12]}",
        *(_percent(test.get(name, {}).get("accuracy")) for name in names),
        _percent(rejected) if card["verdict"]["not_a_digit_from"] is not None else "never",
        _percent(unsure),
        _percent(test.get("calibration", {}).get("ece")),
        f"{card['parameters']:,}" + (f" + {not_trained:,}" if not_trained else ""),
        f"{speed:,}" if speed else UNKNOWN,
    ]


def _pool_nondigits(figures: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return which part of letters and generated drawings together is rejected, and unsure."""
    sets = [figures[name] for name in ("letters", "generated") if name in figures]
    if not sets or any("unsure" not in part for part in sets):
        return None, None
    total = sum(part["n"] for part in sets)
    rejected = sum(part["n"] * part["accuracy"] for part in sets) / total
    return rejected, sum(part["n"] * part["unsure"] for part in sets) / total


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.2f} %"

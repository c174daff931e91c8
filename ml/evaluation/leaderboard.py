"""One table of all released networks, made from their cards: as text, and as Markdown for
docs/models.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml.artifacts.model_card import ModelCard

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
UNKNOWN_VALUE = "unknown"
BEGIN_MARK, END_MARK = (
    "<!-- python -m ml evaluate --all --write -->",
    "<!-- the end of the table -->",
)

SPEED_COLUMN = COLUMNS.index("images/s")
"""The one column that is another on another machine."""


def format_rows(cards: Sequence[ModelCard]) -> list[list[str]]:
    """Return the cells of each network's row; a figure that a card does not hold is unknown."""
    return [_format_cells(card) for card in cards]


def format_text_table(cards: Sequence[ModelCard]) -> str:
    """Return the table in columns of even width."""
    rows = [list(COLUMNS), *format_rows(cards)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(lines)


def format_markdown_table(cards: Sequence[ModelCard]) -> str:
    """Return the table in Markdown."""
    rows = [list(COLUMNS), ["---"] * len(COLUMNS), *format_rows(cards)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def update_leaderboard(page: Path, cards: Sequence[ModelCard]) -> None:
    """Put the table between the two marks of a Markdown page; the rest of it is written by hand."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN_MARK)
    _, _, after = rest.partition(END_MARK)
    page.write_text(
        f"{before}{BEGIN_MARK}\n{format_markdown_table(cards)}\n{END_MARK}{after}", encoding="utf-8"
    )


def parse_leaderboard(page: Path) -> list[list[str]]:
    """Return the cells of the rows between the marks, without the head."""
    table = page.read_text(encoding="utf-8").partition(BEGIN_MARK)[2].partition(END_MARK)[0]
    lines = table.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _format_cells(card: ModelCard) -> list[str]:
    test = card["metrics"].get("test", {})
    names = ("mnist", "pen", "pen_turned", "small", "thin", "thick")
    rejected, unsure = _pool_nondigits(test)
    speed = card.get("throughput", {}).get("images_per_s")
    buffers = card.get("buffers", 0)
    return [
        f"{card['name']}@{card['sha256'][:12]}",
        *(_format_percent(test.get(name, {}).get("accuracy")) for name in names),
        _format_percent(rejected)
        if card["decision"]["rejection_threshold"] is not None
        else "never",
        _format_percent(unsure),
        _format_percent(test.get("calibration", {}).get("ece")),
        f"{card['parameters']:,}" + (f" + {buffers:,}" if buffers else ""),
        f"{speed:,}" if speed else UNKNOWN_VALUE,
    ]


def _pool_nondigits(figures: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return which part of letters and generated drawings together is rejected, and unsure."""
    sets = [figures[name] for name in ("letters", "generated") if name in figures]
    if not sets or any("unsure" not in part for part in sets):
        return None, None
    total = sum(part["n"] for part in sets)
    rejected = sum(part["n"] * part["accuracy"] for part in sets) / total
    return rejected, sum(part["n"] * part["unsure"] for part in sets) / total


def _format_percent(share: float | None) -> str:
    return UNKNOWN_VALUE if share is None else f"{100 * share:.2f} %"

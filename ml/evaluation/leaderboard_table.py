"""A table of all released models from their model cards, as text and as Markdown for
docs/models.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml.artifacts.model_card import ModelCard

COLUMNS = (
    "model",
    "MNIST test",
    "pen",
    "turned",
    "small",
    "thin",
    "thick",
    "non-digits rejected",
    "unsure",
    "ECE",
    "parameters + buffers",
    "images/s",
)
UNKNOWN_VALUE = "unknown"
BEGIN_MARK, END_MARK = "<!-- python -m ml evaluate --all --write -->", "<!-- end of the table -->"


def format_rows(cards: Sequence[ModelCard]) -> list[list[str]]:
    """Return the cells of each model's row; a metric that a model card lacks is "unknown"."""
    return [_format_cells(card) for card in cards]


def format_text_table(cards: Sequence[ModelCard]) -> str:
    """Return the table as text with aligned columns."""
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
    """Replace the table between the two marks of a Markdown page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN_MARK)
    _, _, after = rest.partition(END_MARK)
    page.write_text(
        f"{before}{BEGIN_MARK}\n{format_markdown_table(cards)}\n{END_MARK}{after}", encoding="utf-8"
    )


def _format_cells(card: ModelCard) -> list[str]:
    test = card["metrics"].get("test", {})
    names = ("mnist", "pen", "pen_turned", "small", "thin", "thick")
    rejected, unsure = _pool_nondigits(test)
    images_per_s = card.get("throughput", {}).get("images_per_s")
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
        f"{images_per_s:,}" if images_per_s else UNKNOWN_VALUE,
    ]


def _pool_nondigits(metrics: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return the fractions rejected and unsure of letters and synthetic non-digits together."""
    sets = [metrics[name] for name in ("letters", "generated") if name in metrics]
    if not sets or any("unsure" not in part for part in sets):
        return None, None
    total = sum(part["n"] for part in sets)
    rejected = sum(part["n"] * part["accuracy"] for part in sets) / total
    return rejected, sum(part["n"] * part["unsure"] for part in sets) / total


def _format_percent(share: float | None) -> str:
    return UNKNOWN_VALUE if share is None else f"{100 * share:.2f} %"

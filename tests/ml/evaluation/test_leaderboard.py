"""The table of all released models: printed, on the page and from the model cards."""

import copy
from pathlib import Path

import pytest

from ml.architectures import ARCHITECTURES
from ml.artifacts.model_card import ModelCard, load_model_card
from ml.cli import MODELS_PAGE, WEIGHTS_DIR, main
from ml.evaluation.leaderboard_table import (
    BEGIN_MARK,
    COLUMNS,
    END_MARK,
    format_markdown_table,
    format_rows,
    update_leaderboard,
)

THROUGHPUT_COLUMN = COLUMNS.index("images/s")
RELEASED = [name for name in ARCHITECTURES if (WEIGHTS_DIR / name).is_dir()]


@pytest.fixture(scope="module")
def cards() -> list[ModelCard]:
    return [load_model_card(WEIGHTS_DIR / name) for name in RELEASED]


def _parse_table(page: Path) -> list[list[str]]:
    table = page.read_text(encoding="utf-8").partition(BEGIN_MARK)[2].partition(END_MARK)[0]
    lines = table.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _drop_throughput(rows: list[list[str]]) -> list[list[str]]:
    """Drop the column that depends on the machine."""
    return [row[:THROUGHPUT_COLUMN] + row[THROUGHPUT_COLUMN + 1 :] for row in rows]


def test_the_page_has_the_metrics_of_the_model_cards(cards: list[ModelCard]) -> None:
    assert _drop_throughput(_parse_table(MODELS_PAGE)) == _drop_throughput(format_rows(cards))


def test_the_command_prints_every_model(
    cards: list[ModelCard], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--all"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()

    assert all(column in head for column in COLUMNS)
    assert len(lines) == len(cards)
    for line, row in zip(lines, format_rows(cards), strict=True):
        assert all(cell in line for cell in row)


def test_a_missing_metric_is_unknown(cards: list[ModelCard]) -> None:
    bare = copy.deepcopy(cards[0])
    del bare["metrics"]["test"]
    bare.pop("throughput", None)
    (row,) = format_rows([bare])

    assert row[0].startswith("inknet@")
    assert {row[1], row[4], row[7], row[9], row[THROUGHPUT_COLUMN]} == {"unknown"}


def test_replaces_only_the_table_of_a_page(cards: list[ModelCard], tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    page.write_text(MODELS_PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    update_leaderboard(page, cards[:1])

    assert _parse_table(page) == format_rows(cards[:1])
    assert format_markdown_table(cards[:1]) in page.read_text(encoding="utf-8")
    update_leaderboard(page, cards)
    assert _drop_throughput(_parse_table(page)) == _drop_throughput(_parse_table(MODELS_PAGE))
    assert page.read_text(encoding="utf-8").count("\n## ") >= 1

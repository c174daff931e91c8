"""One table of all released networks: what the command prints, the page holds and the cards say."""

import copy
from pathlib import Path

import pytest

from ml.architectures import ARCHITECTURES
from ml.artifacts.model_card import ModelCard, load_model_card
from ml.cli import MODELS_PAGE, WEIGHTS_DIR, main
from ml.evaluation.leaderboard import (
    COLUMNS,
    SPEED_COLUMN,
    format_markdown_table,
    format_rows,
    parse_leaderboard,
    update_leaderboard,
)

RELEASED = [name for name in ARCHITECTURES if (WEIGHTS_DIR / name).is_dir()]


@pytest.fixture(scope="module")
def cards() -> list[ModelCard]:
    return [load_model_card(WEIGHTS_DIR / name) for name in RELEASED]


def _without_speed(rows: list[list[str]]) -> list[list[str]]:
    return [row[:SPEED_COLUMN] + row[SPEED_COLUMN + 1 :] for row in rows]


def test_the_page_holds_the_figures_of_the_cards(cards: list[ModelCard]) -> None:
    """Speed is another on another day; the page and the cards date it."""
    assert _without_speed(parse_leaderboard(MODELS_PAGE)) == _without_speed(format_rows(cards))


def test_the_command_prints_every_network(
    cards: list[ModelCard], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--all"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()

    assert all(column in head for column in COLUMNS)
    assert len(lines) == len(cards)
    for line, row in zip(lines, format_rows(cards), strict=True):
        assert all(cell in line for cell in row)


def test_what_a_card_does_not_hold_is_unknown(cards: list[ModelCard]) -> None:
    bare = copy.deepcopy(cards[0])
    del bare["metrics"]["test"]
    bare.pop("throughput", None)
    (row,) = format_rows([bare])

    assert row[0].startswith("inknet@")
    assert {row[1], row[4], row[7], row[9], row[SPEED_COLUMN]} == {"unknown"}


def test_only_the_table_of_a_page_is_rewritten(cards: list[ModelCard], tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    page.write_text(MODELS_PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    update_leaderboard(page, cards[:1])

    assert parse_leaderboard(page) == format_rows(cards[:1])
    assert format_markdown_table(cards[:1]) in page.read_text(encoding="utf-8")
    update_leaderboard(page, cards)
    assert _without_speed(parse_leaderboard(page)) == _without_speed(parse_leaderboard(MODELS_PAGE))
    assert page.read_text(encoding="utf-8").count("\n## ") >= 1

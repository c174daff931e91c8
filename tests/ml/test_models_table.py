"""One table of all released networks: what the command prints, the page holds and the cards say."""

import copy
from pathlib import Path

import pytest

from ml.__main__ import MODELS_PAGE, WEIGHTS_FOLDER, main
from ml.architectures import ARCHITECTURES
from ml.card import Card, read_card
from ml.models_table import COLUMNS, SPEED, format_markdown, list_rows, read_table, write_table

RELEASED = [name for name in ARCHITECTURES if (WEIGHTS_FOLDER / name).is_dir()]


@pytest.fixture(scope="module")
def cards() -> list[Card]:
    return [read_card(WEIGHTS_FOLDER / name) for name in RELEASED]


def _without_speed(rows: list[list[str]]) -> list[list[str]]:
    return [row[:SPEED] + row[SPEED + 1 :] for row in rows]


def test_the_page_holds_the_figures_of_the_cards(cards: list[Card]) -> None:
    """Speed is another on another day; the page and the cards date it."""
    assert _without_speed(read_table(MODELS_PAGE)) == _without_speed(list_rows(cards))


def test_the_command_prints_every_network(
    cards: list[Card], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--all"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()

    assert all(column in head for column in COLUMNS)
    assert len(lines) == len(cards)
    for line, row in zip(lines, list_rows(cards), strict=True):
        assert all(cell in line for cell in row)


def test_what_a_card_does_not_hold_is_unknown(cards: list[Card]) -> None:
    bare = copy.deepcopy(cards[0])
    del bare["figures"]["test"]
    bare.pop("speed", None)
    (row,) = list_rows([bare])

    assert row[0].startswith("inknet@")
    assert {row[1], row[4], row[7], row[9], row[SPEED]} == {"unknown"}


def test_only_the_table_of_a_page_is_rewritten(cards: list[Card], tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    page.write_text(MODELS_PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    write_table(page, cards[:1])

    assert read_table(page) == list_rows(cards[:1])
    assert format_markdown(cards[:1]) in page.read_text(encoding="utf-8")
    write_table(page, cards)
    assert _without_speed(read_table(page)) == _without_speed(read_table(MODELS_PAGE))
    assert page.read_text(encoding="utf-8").count("\n## ") >= 1

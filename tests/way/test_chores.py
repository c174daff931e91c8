"""The sweep's chores: each when it is due, none at the mercy of another."""

import logging

import pytest
from django.db import OperationalError

from recognizer.management.commands.sweep import Chore, do_when_due


def test_a_chore_that_is_not_due_waits() -> None:
    done: list[int] = []
    chore = Chore(lambda: done.append(1), every_s=3600)
    do_when_due(chore)
    do_when_due(chore)
    assert done == [1]


def test_a_fault_in_one_is_told_and_does_not_end_the_sweep(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chore = Chore(lambda: [][0], every_s=1)
    with caplog.at_level(logging.ERROR):
        do_when_due(chore)
    assert "IndexError" in caplog.text
    assert chore.due_at > 0


@pytest.mark.django_db
def test_a_database_that_is_away_is_tried_again_soon(caplog: pytest.LogCaptureFixture) -> None:
    def ask() -> None:
        raise OperationalError("gone")

    chore = Chore(ask, every_s=3600)
    do_when_due(chore)
    assert "The database is away" in caplog.text
    soon = Chore(lambda: None, every_s=1)
    do_when_due(soon)
    assert chore.due_at - soon.due_at < 2

"""The sweep's chores: each when it is due, none at the mercy of another."""

import logging

import pytest
from django.db import OperationalError

from recognizer.management.commands.sweep import PeriodicJob, run_if_due


def test_a_chore_that_is_not_due_waits() -> None:
    done: list[int] = []
    chore = PeriodicJob(lambda: done.append(1), interval_s=3600)
    run_if_due(chore)
    run_if_due(chore)
    assert done == [1]


def test_a_fault_in_one_is_told_and_does_not_end_the_sweep(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chore = PeriodicJob(lambda: [][0], interval_s=1)
    with caplog.at_level(logging.ERROR):
        run_if_due(chore)
    assert "IndexError" in caplog.text
    assert chore.due_at > 0


@pytest.mark.django_db
def test_a_database_that_is_away_is_tried_again_soon(caplog: pytest.LogCaptureFixture) -> None:
    def ask() -> None:
        raise OperationalError("gone")

    chore = PeriodicJob(ask, interval_s=3600)
    run_if_due(chore)
    assert "The database is away" in caplog.text
    soon = PeriodicJob(lambda: None, interval_s=1)
    run_if_due(soon)
    assert chore.due_at - soon.due_at < 2

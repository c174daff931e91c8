"""Scheduling of the periodic jobs."""

import logging

import pytest
from django.db import OperationalError

from recognizer.management.commands.sweep import PeriodicJob, run_if_due


def test_does_not_run_a_job_before_it_is_due() -> None:
    done: list[int] = []
    job = PeriodicJob(lambda: done.append(1), interval_s=3600)
    run_if_due(job)
    run_if_due(job)
    assert done == [1]


def test_logs_an_error_of_a_job_and_continues(
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = PeriodicJob(lambda: [][0], interval_s=1)
    with caplog.at_level(logging.ERROR):
        run_if_due(job)
    assert "IndexError" in caplog.text
    assert job.due_at > 0


@pytest.mark.django_db
def test_retries_soon_after_a_database_error(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    job = PeriodicJob(fail, interval_s=3600)
    run_if_due(job)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    soon = PeriodicJob(lambda: None, interval_s=1)
    run_if_due(soon)
    assert job.due_at - soon.due_at < 2

"""Concurrent proposals and decisions."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from recognizer.drift.retraining_proposals import (
    CannotResolve,
    dismiss_proposal,
    propose_run,
    start_proposal,
)
from recognizer.models import RetrainingProposal, TrainingRun, User
from tests.api.factories import make_model_version
from tests.drift.factories import NOW, make_five_weeks, promote_on
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NUM_JOBS = 4


def _run_concurrently(*jobs: Callable[[], object]) -> list[object]:
    start, results = threading.Barrier(len(jobs)), list[object]()

    def work(job: Callable[[], object]) -> None:
        start.wait()
        try:
            results.append(job())
        except CannotResolve as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def shifted_drawings(owner: User) -> None:
    model = make_model_version()
    promote_on(model, days_ago=50)
    make_five_weeks(owner, model, recent_digit=7)
    user = make_teaching_user("contributor", split="training")
    for value in (1, 4):
        make_labelled_drawing(user, value)


@pytest.mark.usefixtures("shifted_drawings")
def test_concurrent_jobs_create_one_proposal() -> None:
    proposals = _run_concurrently(*[lambda: propose_run(NOW)] * NUM_JOBS)
    assert len(proposals) == NUM_JOBS
    assert RetrainingProposal.objects.count() == 1
    assert [one for one in proposals if one] == [RetrainingProposal.objects.get()]


@pytest.mark.usefixtures("shifted_drawings", "stored_files")
def test_only_one_concurrent_decision_succeeds(admin: User) -> None:
    proposal = propose_run(NOW)
    assert proposal is not None
    results = _run_concurrently(
        lambda: start_proposal(proposal=proposal, by=admin),
        lambda: dismiss_proposal(proposal=proposal),
        lambda: start_proposal(proposal=proposal, by=admin),
    )
    assert len([one for one in results if isinstance(one, CannotResolve)]) == 2
    proposal.refresh_from_db()
    assert proposal.resolved_at
    assert list(TrainingRun.objects.all()) == ([proposal.run] if proposal.run else [])

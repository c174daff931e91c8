"""Training pages: the list with its form, one run, cancellation."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from recognizer.models import RetrainingProposal, RunEvent, RunStatus, Snapshot, TrainingRun, User
from tests.fixtures.users import SignIn
from tests.training.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def _start(browser: Client, **fields: Any) -> Any:
    form = {"start": "new:mlp", "rehearsal": "synthetic", "seed": "1", **fields}
    return browser.post("/training/start/", form)


def test_starts_a_run_and_redirects_to_it(browser: Client, snapshot: Snapshot, admin: User) -> None:
    response = _start(browser, snapshot=snapshot.pk, epochs="5", wants_shadow="on")
    run = TrainingRun.objects.get()
    assert response["Location"] == f"/training/runs/{run.pk}/"
    assert (run.architecture, run.base, run.epochs, run.by) == ("mlp", None, 5, admin)
    assert (run.snapshot, run.trigger, run.wants_shadow) == (snapshot, "page", True)


def test_epochs_have_a_default(browser: Client, snapshot: Snapshot) -> None:
    _start(browser, snapshot=snapshot.pk)
    assert TrainingRun.objects.get().epochs == 40


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start": "new:gpt"}, "start"),
        ({"epochs": "0"}, "epochs"),
        ({"epochs": "201"}, "epochs"),
        ({"snapshot": ""}, "__all__"),
        ({"snapshot": "0" * 32}, "snapshot"),
        ({"rehearsal": "everything"}, "rehearsal"),
    ],
)
def test_invalid_fields_have_errors(
    browser: Client, snapshot: Snapshot, fields: dict[str, str], field: str
) -> None:
    response = _start(browser, **{"snapshot": str(snapshot.pk), **fields})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert not TrainingRun.objects.exists()


def test_started_proposal_is_resolved(browser: Client, snapshot: Snapshot) -> None:
    proposal = RetrainingProposal.objects.create(
        reason="Many more 7s.", metrics={}, snapshot=snapshot
    )
    assert _has_proposal(browser, proposal)
    _start(browser, snapshot=snapshot.pk, proposal=proposal.pk)
    proposal.refresh_from_db()
    assert proposal.run == TrainingRun.objects.get()
    assert proposal.resolved_at
    assert not _has_proposal(browser, proposal)


def test_empty_list_shows_the_empty_state(browser: Client) -> None:
    assert 'data-empty-state="no_runs"' in browser.get("/training/").content.decode()


def test_list_is_paginated(browser: Client, snapshot: Snapshot) -> None:
    # Ids made within a millisecond are in no order.
    runs = sorted((make_run(snapshot, seed=seed) for seed in range(21)), key=lambda run: run.pk)
    first = browser.get("/training/").content.decode()
    assert str(runs[0].pk) not in first
    following = re.findall(r'href="(/training/\?after=[^"]+)"', first)
    second = browser.get(following[0]).content.decode()
    assert str(runs[0].pk) in second
    assert str(runs[1].pk) not in second
    assert browser.get("/training/?after=nonsense").status_code == 404


def test_run_page_starts_with_the_stored_events(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status="running", progress={"phase": "preparing"})
    event = RunEvent.objects.create(run=run, kind="log", body={"text": "</script> begun"})
    text = browser.get(f"/training/runs/{run.pk}/").content.decode()
    state = json.loads(re.findall(r'<script id="state"[^>]*>(.+?)</script>', text)[0])
    assert (state["type"], state["cursor"]) == ("hello", event.pk)
    assert state["run"]["progress"] == {"phase": "preparing"}
    assert [one["text"] for one in state["events"]] == ["</script> begun"]


def test_failed_run_shows_its_error(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status="failed", error="disk_full", detail="The disk is full.")
    text = browser.get(f"/training/runs/{run.pk}/").content.decode()
    assert 'data-status="failed" data-error="disk_full"' in text
    assert "data-cancel" not in text


def test_cancellation_redirects_to_the_run(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot)
    response = browser.post(f"/training/runs/{run.pk}/cancel/", follow=True)
    assert 'data-status="cancelled"' in response.content.decode()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_ended_run_cannot_be_cancelled(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status="failed", error="internal_error")
    response = browser.post(f"/training/runs/{run.pk}/cancel/", follow=True)
    assert 'data-message="already_ended"' in response.content.decode()


def _has_proposal(browser: Client, proposal: RetrainingProposal) -> bool:
    return f'data-proposal="{proposal.pk}"' in browser.get("/training/").content.decode()

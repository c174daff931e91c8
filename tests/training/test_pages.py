"""The pages of training: the list with its form, one run, cancelling."""

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


def test_it_starts_a_run_and_leads_to_it(browser: Client, snapshot: Snapshot, admin: User) -> None:
    answer = _start(browser, snapshot=snapshot.pk, epochs="5", wants_shadow="on")
    run = TrainingRun.objects.get()
    assert answer["Location"] == f"/training/runs/{run.pk}/"
    assert (run.architecture, run.base, run.epochs, run.by) == ("mlp", None, 5, admin)
    assert (run.snapshot, run.trigger, run.wants_shadow) == (snapshot, "page", True)


def test_without_a_number_of_rounds_it_takes_the_usual_one(
    browser: Client, snapshot: Snapshot
) -> None:
    _start(browser, snapshot=snapshot.pk)
    assert TrainingRun.objects.get().epochs == 40


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"start": "new:gpt"}, "gpt is not one of"),
        ({"epochs": "0"}, "greater than or equal to 1"),
        ({"epochs": "201"}, "less than or equal to 200"),
        ({"snapshot": ""}, "No drawing that may teach has an agreed label yet."),
        ({"snapshot": "0" * 32}, "is not one of"),
        ({"rehearsal": "everything"}, "is not one of"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(
    browser: Client, snapshot: Snapshot, fields: dict[str, str], says: str
) -> None:
    answer = _start(browser, **{"snapshot": str(snapshot.pk), **fields})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not TrainingRun.objects.exists()


def test_a_proposal_that_is_followed_is_settled(browser: Client, snapshot: Snapshot) -> None:
    proposal = RetrainingProposal.objects.create(
        reason="Many more 7s.", metrics={}, snapshot=snapshot
    )
    assert "Many more 7s." in browser.get("/training/").content.decode()
    _start(browser, snapshot=snapshot.pk, proposal=proposal.pk)
    proposal.refresh_from_db()
    assert proposal.run == TrainingRun.objects.get()
    assert proposal.resolved_at
    assert "Many more 7s." not in browser.get("/training/").content.decode()


def test_an_empty_list_says_what_to_do(browser: Client) -> None:
    assert "No run yet" in browser.get("/training/").content.decode()


def test_the_list_goes_on_page_by_page(browser: Client, snapshot: Snapshot) -> None:
    # Ids made within a millisecond are in no order.
    runs = sorted((make_run(snapshot, seed=seed) for seed in range(21)), key=lambda run: run.pk)
    first = browser.get("/training/").content.decode()
    assert str(runs[0].pk) not in first
    following = re.findall(r'href="(/training/\?after=[^"]+)"', first)
    second = browser.get(following[0]).content.decode()
    assert str(runs[0].pk) in second
    assert str(runs[1].pk) not in second
    assert browser.get("/training/?after=nonsense").status_code == 404


def test_the_page_of_a_run_starts_from_what_it_has_told(
    browser: Client, snapshot: Snapshot
) -> None:
    run = make_run(snapshot, status="running", progress={"phase": "preparing"})
    event = RunEvent.objects.create(run=run, kind="log", body={"text": "</script> begun"})
    text = browser.get(f"/training/runs/{run.pk}/").content.decode()
    state = json.loads(re.findall(r'<script id="state"[^>]*>(.+?)</script>', text)[0])
    assert (state["type"], state["cursor"]) == ("hello", event.pk)
    assert state["run"]["progress"] == {"phase": "preparing"}
    assert [one["text"] for one in state["events"]] == ["</script> begun"]


def test_a_failed_run_says_why(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status="failed", error="disk_full", detail="The disk is full.")
    text = browser.get(f"/training/runs/{run.pk}/").content.decode()
    assert "There is no room left on the disk." in text
    assert "Cancel the run" not in text


def test_cancelling_leads_back_to_the_run(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot)
    answer = browser.post(f"/training/runs/{run.pk}/cancel/", follow=True)
    assert "It was cancelled" in answer.content.decode()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_what_has_ended_cannot_be_cancelled(browser: Client, snapshot: Snapshot) -> None:
    run = make_run(snapshot, status="failed", error="internal_error")
    answer = browser.post(f"/training/runs/{run.pk}/cancel/", follow=True)
    assert "This run has ended already." in answer.content.decode()

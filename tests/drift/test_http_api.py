"""Drift and proposals over HTTP: what admins see and do, and nobody else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.models import ModelVersion, RetrainingProposal, Snapshot, TrainingRun, User
from recognizer.snapshots.build import build_snapshot
from tests.api.factories import make_model_version
from tests.drift.factories import make_day_drawings, promote_on
from tests.fixtures.users import SignIn
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def browser(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


@pytest.fixture
def proposal(db: None) -> RetrainingProposal:
    person = make_teaching_user("taught", split="training")
    for value in (1, 4):
        make_labelled_drawing(person, value)
    snapshot: Snapshot = build_snapshot(by=None)
    return RetrainingProposal.objects.create(reason="Many more 7s.", metrics={}, snapshot=snapshot)


@pytest.fixture
def serving(stored_files: ModelVersion) -> ModelVersion:
    promote_on(stored_files, days_ago=50)
    return stored_files


def test_an_empty_site_says_so_in_plain_words(browser: Client) -> None:
    page = browser.get("/training/drift/").content.decode()
    assert "As soon as people draw" in page
    assert page.count("too little to say") == 4


def test_days_of_one_pointer_are_told(browser: Client, owner: User) -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    make_day_drawings(owner, make_model_version(), day=yesterday, count=2, digit=8, pointer="touch")
    make_day_drawings(owner, make_model_version(), day=yesterday, count=5)
    told = browser.get(f"{API}drift/?pointer=touch").json()
    assert (told["days"][-2]["answered"], told["days"][-2]["classes"][8]) == (2, 2)
    assert told["pointers"] == ["pen", "touch"]
    assert "Nobody drew this way" in browser.get("/training/drift/?pointer=mouse").content.decode()
    assert browser.get(f"{API}drift/?pointer=nose").status_code == 400


def test_a_proposal_is_shown_with_its_training_set(
    browser: Client, proposal: RetrainingProposal
) -> None:
    for path in ("/training/", "/training/drift/"):
        page = browser.get(path).content.decode()
        assert "Many more 7s." in page
        assert f"/training/snapshots/{proposal.snapshot_id}/" in page
    told = browser.get(f"{API}proposals/").json()["results"]
    assert [one["id"] for one in told] == [proposal.pk]


@pytest.mark.usefixtures("serving")
def test_start_the_run_leads_to_it(browser: Client, proposal: RetrainingProposal) -> None:
    answer = browser.post(f"/training/proposals/{proposal.pk}/start/")
    run = TrainingRun.objects.get()
    assert answer["Location"] == f"/training/runs/{run.pk}/"
    assert run.trigger == "drift"
    assert "Many more 7s." not in browser.get("/training/").content.decode()


@pytest.mark.usefixtures("serving")
def test_programs_start_it_once(browser: Client, proposal: RetrainingProposal) -> None:
    first = browser.post(f"{API}proposals/{proposal.pk}/start/")
    again = browser.post(f"{API}proposals/{proposal.pk}/start/")
    assert (first.status_code, first.json()["trigger"]) == (201, "drift")
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")


def test_dismissed_it_is_gone(browser: Client, proposal: RetrainingProposal) -> None:
    page = browser.post(f"/training/proposals/{proposal.pk}/dismiss/", follow=True)
    assert "Many more 7s." not in page.content.decode()
    again = browser.post(f"{API}proposals/{proposal.pk}/dismiss/")
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")


def test_one_that_never_was_is_not_found(browser: Client) -> None:
    assert browser.post(f"{API}proposals/{10**30}/dismiss/").status_code == 404
    assert browser.post("/training/proposals/77/start/").status_code == 404


@pytest.mark.parametrize("what", ["start", "dismiss"])
def test_nobody_but_admins_settles_one(
    what: str, proposal: RetrainingProposal, reviewer: User, sign_in: SignIn
) -> None:
    client = sign_in(reviewer)
    assert client.post(f"/training/proposals/{proposal.pk}/{what}/").status_code == 403
    assert client.post(f"{API}proposals/{proposal.pk}/{what}/").status_code == 403
    proposal.refresh_from_db()
    assert proposal.resolved_at is None

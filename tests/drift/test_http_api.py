"""Drift and proposals on the pages and over HTTP, for admins only."""

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
    user = make_teaching_user("contributor", split="training")
    for value in (1, 4):
        make_labelled_drawing(user, value)
    snapshot: Snapshot = build_snapshot(by=None)
    return RetrainingProposal.objects.create(reason="Many more 7s.", metrics={}, snapshot=snapshot)


@pytest.fixture
def serving(stored_files: ModelVersion) -> ModelVersion:
    promote_on(stored_files, days_ago=50)
    return stored_files


def test_empty_site_has_insufficient_data(browser: Client) -> None:
    page = browser.get("/training/drift/").content.decode()
    assert 'data-empty-state="no_drawings"' in page
    assert page.count('data-result="insufficient"') == 4


def test_returns_the_days_of_one_pointer(browser: Client, owner: User) -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    make_day_drawings(owner, make_model_version(), day=yesterday, count=2, digit=8, pointer="touch")
    make_day_drawings(owner, make_model_version(), day=yesterday, count=5)
    body = browser.get(f"{API}drift/?pointer=touch").json()
    assert (body["days"][-2]["predicted"], body["days"][-2]["classes"][8]) == (2, 2)
    assert body["pointers"] == ["pen", "touch"]
    page = browser.get("/training/drift/?pointer=mouse").content.decode()
    assert 'data-empty-state="no_match"' in page
    assert browser.get(f"{API}drift/?pointer=nose").status_code == 400


def test_a_proposal_is_shown_with_its_training_set(
    browser: Client, proposal: RetrainingProposal
) -> None:
    for path in ("/training/", "/training/drift/"):
        page = browser.get(path).content.decode()
        assert f'data-proposal="{proposal.pk}"' in page
        assert f"/training/snapshots/{proposal.snapshot_id}/" in page
    body = browser.get(f"{API}proposals/").json()["results"]
    assert [one["id"] for one in body] == [proposal.pk]


@pytest.mark.usefixtures("serving")
def test_starting_a_proposal_redirects_to_the_run(
    browser: Client, proposal: RetrainingProposal
) -> None:
    response = browser.post(f"/training/proposals/{proposal.pk}/start/")
    run = TrainingRun.objects.get()
    assert response["Location"] == f"/training/runs/{run.pk}/"
    assert run.trigger == "drift"
    assert "data-proposal" not in browser.get("/training/").content.decode()


@pytest.mark.usefixtures("serving")
def test_the_api_starts_a_proposal_once(browser: Client, proposal: RetrainingProposal) -> None:
    first = browser.post(f"{API}proposals/{proposal.pk}/start/")
    again = browser.post(f"{API}proposals/{proposal.pk}/start/")
    assert (first.status_code, first.json()["trigger"]) == (201, "drift")
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")


def test_a_dismissed_proposal_is_not_shown(browser: Client, proposal: RetrainingProposal) -> None:
    page = browser.post(f"/training/proposals/{proposal.pk}/dismiss/", follow=True)
    assert "data-proposal" not in page.content.decode()
    again = browser.post(f"{API}proposals/{proposal.pk}/dismiss/")
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")


def test_an_unknown_proposal_is_not_found(browser: Client) -> None:
    assert browser.post(f"{API}proposals/{10**30}/dismiss/").status_code == 404
    assert browser.post("/training/proposals/77/start/").status_code == 404


@pytest.mark.parametrize("action", ["start", "dismiss"])
def test_only_admins_resolve_proposals(
    action: str, proposal: RetrainingProposal, reviewer: User, sign_in: SignIn
) -> None:
    client = sign_in(reviewer)
    assert client.post(f"/training/proposals/{proposal.pk}/{action}/").status_code == 403
    assert client.post(f"{API}proposals/{proposal.pk}/{action}/").status_code == 403
    proposal.refresh_from_db()
    assert proposal.resolved_at is None

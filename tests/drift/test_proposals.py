"""Proposals: creation, cooldown, e-mail, start and dismissal."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from recognizer.drift import proposal_email
from recognizer.drift.retraining_proposals import (
    CannotResolve,
    dismiss_proposal,
    propose_run,
    start_proposal,
)
from recognizer.models import ModelVersion, RetrainingProposal, Snapshot, Trigger, User
from tests.api.factories import make_model_version
from tests.drift.factories import (
    NOW,
    make_day_drawings,
    make_five_weeks,
    promote_on,
    timestamp_days_ago,
)
from tests.fixtures.users import confirm_email
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def serving() -> ModelVersion:
    model = make_model_version()
    promote_on(model, days_ago=50)
    return model


@pytest.fixture
def teaching_user(db: None) -> User:
    """A user with agreed labels of two digits."""
    user = make_teaching_user("contributor", split="training")
    for value in (1, 4):
        make_labelled_drawing(user, value)
    return user


@pytest.fixture
def shifted_drawings(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving, recent_digit=7)


@pytest.mark.usefixtures("shifted_drawings", "teaching_user")
def test_proposes_a_run_with_a_training_set_after_drift() -> None:
    proposal = propose_run(NOW)
    assert proposal is not None
    assert proposal.reason
    assert proposal.snapshot == Snapshot.objects.get()
    assert proposal.metrics["classes"]["is_alarm"]


@pytest.mark.usefixtures("teaching_user")
def test_proposes_nothing_without_drift(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving)
    assert propose_run(NOW) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_proposes_without_training_set_if_none_can_be_built(admin: User) -> None:
    confirm_email(admin)
    proposal = propose_run(NOW)
    assert proposal is not None
    assert proposal.snapshot is None
    assert proposal_email.NO_SNAPSHOT_TEXT in mail.outbox[0].body


@pytest.mark.usefixtures("shifted_drawings")
def test_creates_no_second_open_proposal() -> None:
    assert propose_run(NOW)
    assert propose_run(NOW + timedelta(hours=1)) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_waits_for_the_cooldown_after_a_dismissal(settings: Settings) -> None:
    first = propose_run(NOW)
    assert first is not None
    dismiss_proposal(proposal=first)
    RetrainingProposal.objects.update(resolved_at=NOW)
    settings.DRIFT_COOLDOWN_DAYS = 2
    assert propose_run(NOW + timedelta(days=1, hours=23)) is None
    assert propose_run(NOW + timedelta(days=2, hours=1))


def test_ignores_predictions_of_an_earlier_model(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving, recent_digit=7)
    promote_on(make_model_version("newer", "cd" * 32), days_ago=6)
    assert propose_run(NOW) is None


def test_proposes_nothing_without_a_champion(owner: User) -> None:
    make_five_weeks(owner, make_model_version(), recent_digit=7)
    assert propose_run(NOW) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_sends_mail_to_admins_with_a_confirmed_address(admin: User, reviewer: User) -> None:
    confirm_email(admin)
    confirm_email(reviewer)
    User.objects.create_superuser("unconfirmed", email="unconfirmed@example.org", password=None)
    proposal = propose_run(NOW)
    assert proposal is not None
    assert [message.to for message in mail.outbox] == [["admin@example.org"]]
    assert proposal.reason in mail.outbox[0].body
    assert "/training/" in mail.outbox[0].body


@pytest.fixture
def proposal(shifted_drawings: None, teaching_user: User) -> RetrainingProposal:
    proposal = propose_run(NOW)
    assert proposal is not None
    return proposal


def test_starting_a_proposal_fine_tunes_the_champion(
    proposal: RetrainingProposal, admin: User, serving: ModelVersion, stored_files: None
) -> None:
    run = start_proposal(proposal=proposal, by=admin)
    assert (run.trigger, run.base, run.snapshot, run.by) == (
        Trigger.DRIFT,
        serving,
        proposal.snapshot,
        admin,
    )
    proposal.refresh_from_db()
    assert proposal.run == run
    assert proposal.resolved_at


def test_a_proposal_is_resolved_once(
    proposal: RetrainingProposal, admin: User, stored_files: None
) -> None:
    dismiss_proposal(proposal=proposal)
    with pytest.raises(CannotResolve):
        dismiss_proposal(proposal=proposal)
    with pytest.raises(CannotResolve):
        start_proposal(proposal=proposal, by=admin)
    proposal.refresh_from_db()
    assert proposal.run is None


def test_proposes_nothing_with_few_recent_drawings(owner: User, serving: ModelVersion) -> None:
    make_day_drawings(owner, serving, day=timestamp_days_ago(20), count=400)
    make_day_drawings(owner, serving, day=timestamp_days_ago(1), count=299, digit=7)
    assert propose_run(NOW) is None

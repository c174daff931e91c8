"""A proposal is made once, told, followed or dismissed."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from recognizer.drift import notifications
from recognizer.drift.proposals import CannotResolve, dismiss_proposal, propose_run, start_proposal
from recognizer.models import ModelVersion, RetrainingProposal, Snapshot, Trigger, User
from tests.api.factories import make_model_version
from tests.drift.factories import (
    NOW,
    make_day_drawings,
    make_five_weeks,
    promote_on,
    timestamp_days_ago,
)
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def serving() -> ModelVersion:
    model = make_model_version()
    promote_on(model, days_ago=50)
    return model


@pytest.fixture
def teaching_user(db: None) -> User:
    """Somebody of whom two digits are agreed."""
    person = make_teaching_user("taught", split="training")
    for value in (1, 4):
        make_labelled_drawing(person, value)
    return person


@pytest.fixture
def shifted_drawings(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving, lately=7)


@pytest.mark.usefixtures("shifted_drawings", "teaching_user")
def test_other_digits_make_a_proposal_with_a_training_set() -> None:
    proposal = propose_run(NOW)
    assert proposal is not None
    assert "Other digits are drawn than before." in proposal.reason
    assert proposal.snapshot == Snapshot.objects.get()
    assert proposal.metrics["classes"]["is_alarm"]


@pytest.mark.usefixtures("teaching_user")
def test_the_same_digits_make_none(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving)
    assert propose_run(NOW) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_without_anything_agreed_it_says_that_there_is_no_training_set(admin: User) -> None:
    proposal = propose_run(NOW)
    assert proposal is not None
    assert proposal.snapshot is None
    assert "No training set can be made yet" in mail.outbox[0].body


@pytest.mark.usefixtures("shifted_drawings")
def test_while_one_is_open_there_is_no_second() -> None:
    assert propose_run(NOW)
    assert propose_run(NOW + timedelta(hours=1)) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_after_one_was_dismissed_it_is_quiet_for_a_while(settings: Settings) -> None:
    first = propose_run(NOW)
    assert first is not None
    dismiss_proposal(proposal=first)
    RetrainingProposal.objects.update(resolved_at=NOW)
    settings.DRIFT_COOLDOWN_DAYS = 2
    assert propose_run(NOW + timedelta(days=1, hours=23)) is None
    assert propose_run(NOW + timedelta(days=2, hours=1))


def test_another_network_answers_say_nothing(owner: User, serving: ModelVersion) -> None:
    make_five_weeks(owner, serving, lately=7)
    promote_on(make_model_version("newer", "cd" * 32), days_ago=6)
    assert propose_run(NOW) is None


def test_without_a_network_there_is_no_proposal(owner: User) -> None:
    make_five_weeks(owner, make_model_version(), lately=7)
    assert propose_run(NOW) is None


@pytest.mark.usefixtures("shifted_drawings")
def test_admins_with_an_address_are_told(admin: User, reviewer: User, outsider: User) -> None:
    User.objects.filter(pk__in=[admin.pk, reviewer.pk, outsider.pk]).update(email="")
    User.objects.filter(pk=admin.pk).update(email="admin@example.org")
    User.objects.filter(pk=reviewer.pk).update(email="reviewer@example.org")
    User.objects.create_superuser("silent", email="", password=None)
    proposal = propose_run(NOW)
    assert proposal is not None
    assert [message.to for message in mail.outbox] == [["admin@example.org"]]
    assert proposal.reason in mail.outbox[0].body
    assert "/training/" in mail.outbox[0].body


@pytest.mark.usefixtures("shifted_drawings")
@pytest.mark.parametrize("error", [smtplib.SMTPException("no"), ConnectionRefusedError("no")])
def test_failing_mail_loses_no_proposal(
    admin: User,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(notifications, "get_connection", fail)
    proposal = propose_run(NOW)
    assert proposal == RetrainingProposal.objects.get()
    assert "were not told" in caplog.text


@pytest.fixture
def proposal(shifted_drawings: None, teaching_user: User) -> RetrainingProposal:
    made = propose_run(NOW)
    assert made is not None
    return made


def test_followed_it_is_a_run_of_the_champion(
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


def test_it_is_settled_once(proposal: RetrainingProposal, admin: User, stored_files: None) -> None:
    dismiss_proposal(proposal=proposal)
    with pytest.raises(CannotResolve):
        dismiss_proposal(proposal=proposal)
    with pytest.raises(CannotResolve):
        start_proposal(proposal=proposal, by=admin)
    proposal.refresh_from_db()
    assert proposal.run is None


def test_too_little_lately_makes_none(owner: User, serving: ModelVersion) -> None:
    make_day_drawings(owner, serving, day=timestamp_days_ago(20), count=400)
    make_day_drawings(owner, serving, day=timestamp_days_ago(1), count=299, digit=7)
    assert propose_run(NOW) is None

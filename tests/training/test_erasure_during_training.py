"""Erased while a network is being trained: what comes of the run is marked as the others are."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.accounts.services import delete_account
from recognizer.models import ModelVersion, Snapshot, Split, TrainingRun, User
from recognizer.snapshots.build import build_snapshot
from recognizer.training.lease import acquire_run, finish_run
from tests.api.factories import make_model_version
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.factories import make_run

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def teaching_user(db: None) -> User:
    return make_teaching_user("anna", split=Split.TRAINING)


def _claimed(snapshot: Snapshot | None, base: ModelVersion | None = None) -> TrainingRun:
    run = acquire_run(make_run(snapshot, base=base).pk, lease=uuid.uuid4())
    assert run
    return run


def _is_marked(run: TrainingRun) -> bool:
    version = make_model_version(name="pupil", sha256="77" * 32)
    finish_run(run, version)
    version.refresh_from_db()
    return version.erased_since is not None


def test_what_learnt_from_somebody_who_left_meanwhile_is_marked(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    run = _claimed(build_snapshot(by=None))
    delete_account(user=teaching_user)
    assert _is_marked(run)


def test_what_began_after_they_had_left_is_not(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(make_teaching_user("bert", split=Split.TRAINING), 5)
    snapshot = build_snapshot(by=None)
    delete_account(user=teaching_user)
    assert not _is_marked(_claimed(snapshot))


def test_what_only_was_judged_by_them_is_not(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(make_teaching_user("judge", split=Split.HOLDOUT), 5)
    run = _claimed(build_snapshot(by=None))
    delete_account(user=User.objects.get(username="judge"))
    assert not _is_marked(run)


def test_what_goes_on_from_a_marked_network_is_marked(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    base = make_model_version(name="before", sha256="66" * 32)
    ModelVersion.objects.filter(pk=base.pk).update(erased_since=timezone.now() - timedelta(days=1))
    assert _is_marked(_claimed(build_snapshot(by=None), base))

"""Erasure of a user during training, which marks the model of the run."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.accounts.deletion import delete_account
from recognizer.models import ModelVersion, Snapshot, Split, TrainingRun, User
from recognizer.snapshots.build import build_snapshot
from recognizer.training.run_leases import acquire_run, finish_run
from tests.api.factories import make_model_version
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.factories import make_run

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def teaching_user(db: None) -> User:
    return make_teaching_user("anna", split=Split.TRAINING)


def _acquire(snapshot: Snapshot | None, base: ModelVersion | None = None) -> TrainingRun:
    run = acquire_run(make_run(snapshot, base=base).pk, lease=uuid.uuid4())
    assert run
    return run


def _is_marked(run: TrainingRun) -> bool:
    version = make_model_version(name="pupil", sha256="77" * 32)
    finish_run(run, version)
    version.refresh_from_db()
    return version.erased_since is not None


def test_marks_a_model_of_a_user_erased_during_training(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    run = _acquire(build_snapshot(by=None))
    delete_account(user=teaching_user)
    assert _is_marked(run)


def test_marks_no_model_trained_after_the_erasure(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(make_teaching_user("bert", split=Split.TRAINING), 5)
    snapshot = build_snapshot(by=None)
    delete_account(user=teaching_user)
    assert not _is_marked(_acquire(snapshot))


def test_marks_no_model_if_the_user_was_in_the_holdout(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    make_labelled_drawing(make_teaching_user("holdout", split=Split.HOLDOUT), 5)
    run = _acquire(build_snapshot(by=None))
    delete_account(user=User.objects.get(username="holdout"))
    assert not _is_marked(run)


def test_marks_a_model_based_on_a_marked_model(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user, 4)
    base = make_model_version(name="before", sha256="66" * 32)
    ModelVersion.objects.filter(pk=base.pk).update(erased_since=timezone.now() - timedelta(days=1))
    assert _is_marked(_acquire(build_snapshot(by=None), base))

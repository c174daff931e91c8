"""Erased while a network is being trained: what comes of the run is marked as the others are."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.accounts import delete_account
from recognizer.models import ModelVersion, Snapshot, Split, TrainingRun, User
from recognizer.snapshots import build_snapshot
from recognizer.training.lease import claim_run, finish_run
from tests.api.drawn import model_version
from tests.snapshots.agreed import agreed, teacher
from tests.training.runs import run_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def anna(db: None) -> User:
    return teacher("anna", split=Split.TRAINING)


def _claimed(snapshot: Snapshot | None, base: ModelVersion | None = None) -> TrainingRun:
    run = claim_run(run_of(snapshot, base=base).pk, lease=uuid.uuid4())
    assert run
    return run


def _is_marked(run: TrainingRun) -> bool:
    version = model_version(name="pupil", sha256="77" * 32)
    finish_run(run, version)
    version.refresh_from_db()
    return version.erased_since is not None


def test_what_learnt_from_somebody_who_left_meanwhile_is_marked(anna: User) -> None:
    agreed(anna, 4)
    run = _claimed(build_snapshot(by=None))
    delete_account(user=anna)
    assert _is_marked(run)


def test_what_began_after_they_had_left_is_not(anna: User) -> None:
    agreed(anna, 4)
    agreed(teacher("bert", split=Split.TRAINING), 5)
    snapshot = build_snapshot(by=None)
    delete_account(user=anna)
    assert not _is_marked(_claimed(snapshot))


def test_what_only_was_judged_by_them_is_not(anna: User) -> None:
    agreed(anna, 4)
    agreed(teacher("judge", split=Split.HOLDOUT), 5)
    run = _claimed(build_snapshot(by=None))
    delete_account(user=User.objects.get(username="judge"))
    assert not _is_marked(run)


def test_what_goes_on_from_a_marked_network_is_marked(anna: User) -> None:
    agreed(anna, 4)
    base = model_version(name="before", sha256="66" * 32)
    ModelVersion.objects.filter(pk=base.pk).update(erased_since=timezone.now() - timedelta(days=1))
    assert _is_marked(_claimed(build_snapshot(by=None), base))

"""Snapshots after a drawing, an account or a consent was deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.accounts.deletion import delete_account
from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.drawings.soft_delete_and_restore import delete_drawing, restore_drawing
from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.models import Drawing, Snapshot, SnapshotDrawing, Split, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.snapshots.snapshot_drawing_erasure import erase_snapshot_drawings
from recognizer.snapshots.training_samples import load_training_samples
from recognizer.snapshots.user_splits_and_pseudonyms import compute_pseudonym
from recognizer.snapshots.verification import verify_snapshot
from tests.snapshots.factories import (
    make_labelled_drawing,
    make_model_trained_on,
    make_teaching_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def teaching_user(db: None) -> User:
    return make_teaching_user("anna", split=Split.TRAINING)


def _erase(drawing: Drawing) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Drawing.objects.filter(pk=drawing.pk).update(deleted_at=long_ago)
    assert erase_deleted() == 1


def _count_usable(snapshot: Snapshot) -> int:
    return sum(len(load_training_samples(snapshot, split)) for split in Split.values)


def test_erasing_a_drawing_keeps_its_manifest_line(teaching_user: User) -> None:
    drawing, other = (
        make_labelled_drawing(teaching_user, 4),
        make_labelled_drawing(teaching_user, 5),
    )
    snapshot = build_snapshot(by=None)
    _erase(drawing)
    erased = SnapshotDrawing.objects.get(drawing_id=drawing.pk)
    assert (erased.ink, erased.raster, erased.owner, erased.pointer) == ("", None, None, "")
    assert erased.erased_at is not None
    assert count_excluded(snapshot) == {"erased": 1, "withdrawn": 0, "suspended": 0}
    assert [one.drawing_id for one in load_training_samples(snapshot, "training")] == [other.pk]
    assert (snapshot.items.count(), verify_snapshot(snapshot).is_valid) == (2, True)


def test_deleting_an_account_erases_all_its_ink(teaching_user: User) -> None:
    drawings = [
        make_labelled_drawing(teaching_user, 4),
        make_labelled_drawing(teaching_user, 5, ink="", picture="pictures/x.png"),
    ]
    make_labelled_drawing(make_teaching_user("bert"), 6)
    snapshot = build_snapshot(by=None)
    name = compute_pseudonym(teaching_user.pk)
    delete_account(user=teaching_user)
    erased = SnapshotDrawing.objects.filter(drawing_id__in=[one.pk for one in drawings])
    assert {(one.ink, one.raster, one.owner_id) for one in erased} == {("", None, None)}
    assert count_excluded(snapshot) == {"erased": 2, "withdrawn": 0, "suspended": 0}
    assert snapshot.items.filter(user_pseudonym=name).count() == 2
    assert verify_snapshot(snapshot).is_valid
    assert build_snapshot(by=None) != snapshot


def test_marks_the_models_trained_on_an_erased_drawing(teaching_user: User) -> None:
    drawing = make_labelled_drawing(teaching_user, 4)
    before = make_model_trained_on(None, sha256="00" * 32)
    trained = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    tuned = make_model_trained_on(None, sha256="22" * 32, base=trained)
    tuned_again = make_model_trained_on(None, sha256="33" * 32, base=tuned)
    unrelated = make_model_trained_on(None, sha256="44" * 32, base=before)
    _erase(drawing)
    for version in (before, trained, tuned, tuned_again, unrelated):
        version.refresh_from_db()
    marked = [v.erased_since is not None for v in (before, trained, tuned, tuned_again, unrelated)]
    assert marked == [False, True, True, True, False]


def test_does_not_mark_models_only_evaluated_on_a_drawing() -> None:
    drawing = make_labelled_drawing(make_teaching_user("holdout_user", split=Split.HOLDOUT))
    version = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    _erase(drawing)
    version.refresh_from_db()
    assert version.erased_since is None


def test_keeps_the_time_of_the_first_erasure(teaching_user: User) -> None:
    drawings = [make_labelled_drawing(teaching_user, 4), make_labelled_drawing(teaching_user, 5)]
    version = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    _erase(drawings[0])
    version.refresh_from_db()
    first = version.erased_since
    _erase(drawings[1])
    version.refresh_from_db()
    assert version.erased_since == first


def test_excludes_deleted_drawings_until_they_are_restored(teaching_user: User) -> None:
    drawing = make_labelled_drawing(teaching_user)
    snapshot = build_snapshot(by=None)
    delete_drawing(owner_id=teaching_user.pk, drawing_id=drawing.pk)
    assert _count_usable(snapshot) == 0
    assert erase_snapshot_drawings([drawing.pk]) == 0
    restore_drawing(owner_id=teaching_user.pk, drawing_id=drawing.pk)
    assert _count_usable(snapshot) == 1


def test_excludes_drawings_of_withdrawn_consent(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user)
    make_labelled_drawing(make_teaching_user("bert", split=Split.TRAINING))
    snapshot = build_snapshot(by=None)
    set_teaching_consent(user=teaching_user, may_teach=False)
    assert _count_usable(snapshot) == 1
    assert count_excluded(snapshot) == {"erased": 0, "withdrawn": 1, "suspended": 0}
    assert verify_snapshot(snapshot).is_valid
    assert build_snapshot(by=None).items.count() == 1
    set_teaching_consent(user=teaching_user, may_teach=True)
    assert _count_usable(snapshot) == 2
    assert build_snapshot(by=None) == snapshot

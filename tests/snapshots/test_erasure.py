"""What goes with a drawing, a person, a consent; and what stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer.accounts.services import delete_account, set_teaching_consent
from recognizer.drawings.trash import delete_drawing, erase_deleted, restore_drawing
from recognizer.models import Drawing, Snapshot, SnapshotDrawing, Split, User
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.erasure import erase_snapshot_drawings
from recognizer.snapshots.queries import (
    count_excluded,
    find_models_trained_on,
    load_training_samples,
)
from recognizer.snapshots.user_splits import compute_pseudonym
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


def _usable(snapshot: Snapshot) -> int:
    return sum(len(load_training_samples(snapshot, side)) for side in Split.values)


def test_with_a_drawing_its_ink_goes_and_the_line_stays(teaching_user: User) -> None:
    drawing, other = (
        make_labelled_drawing(teaching_user, 4),
        make_labelled_drawing(teaching_user, 5),
    )
    snapshot = build_snapshot(by=None)
    _erase(drawing)
    gone = SnapshotDrawing.objects.get(drawing_id=drawing.pk)
    assert (gone.ink, gone.raster, gone.owner, gone.pointer) == ("", None, None, "")
    assert gone.erased_at is not None
    assert count_excluded(snapshot) == {"erased": 1, "withdrawn": 0}
    assert [one.drawing_id for one in load_training_samples(snapshot, "training")] == [other.pk]
    assert (snapshot.items.count(), verify_snapshot(snapshot).is_valid) == (2, True)


def test_with_a_person_all_their_ink_goes(teaching_user: User) -> None:
    drawings = [
        make_labelled_drawing(teaching_user, 4),
        make_labelled_drawing(teaching_user, 5, ink="", picture="pictures/x.png"),
    ]
    make_labelled_drawing(make_teaching_user("bert"), 6)
    snapshot = build_snapshot(by=None)
    name = compute_pseudonym(teaching_user.pk)
    delete_account(user=teaching_user)
    gone = SnapshotDrawing.objects.filter(drawing_id__in=[one.pk for one in drawings])
    assert {(one.ink, one.raster, one.owner_id) for one in gone} == {("", None, None)}
    assert count_excluded(snapshot) == {"erased": 2, "withdrawn": 0}
    assert snapshot.items.filter(user_pseudonym=name).count() == 2
    assert verify_snapshot(snapshot).is_valid
    assert build_snapshot(by=None) != snapshot


def test_the_networks_that_learnt_from_it_are_marked_and_no_other(teaching_user: User) -> None:
    drawing = make_labelled_drawing(teaching_user, 4)
    before = make_model_trained_on(None, sha256="00" * 32)
    learnt = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    tuned = make_model_trained_on(None, sha256="22" * 32, base=learnt)
    tuned_again = make_model_trained_on(None, sha256="33" * 32, base=tuned)
    beside = make_model_trained_on(None, sha256="44" * 32, base=before)
    _erase(drawing)
    for version in (before, learnt, tuned, tuned_again, beside):
        version.refresh_from_db()
    marked = [v.erased_since is not None for v in (before, learnt, tuned, tuned_again, beside)]
    assert marked == [False, True, True, True, False]


def test_a_network_that_was_only_judged_by_it_is_not_marked() -> None:
    drawing = make_labelled_drawing(make_teaching_user("judge", split=Split.HOLDOUT))
    version = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    _erase(drawing)
    version.refresh_from_db()
    assert version.erased_since is None


def test_the_first_erasure_is_the_one_that_is_told(teaching_user: User) -> None:
    drawings = [make_labelled_drawing(teaching_user, 4), make_labelled_drawing(teaching_user, 5)]
    version = make_model_trained_on(build_snapshot(by=None), sha256="11" * 32)
    _erase(drawings[0])
    version.refresh_from_db()
    first = version.erased_since
    _erase(drawings[1])
    version.refresh_from_db()
    assert version.erased_since == first


def test_a_drawing_in_the_bin_is_left_out_until_it_is_taken_back(teaching_user: User) -> None:
    drawing = make_labelled_drawing(teaching_user)
    snapshot = build_snapshot(by=None)
    delete_drawing(owner_id=teaching_user.pk, drawing_id=drawing.pk)
    assert _usable(snapshot) == 0
    assert erase_snapshot_drawings([drawing.pk]) == 0
    restore_drawing(owner_id=teaching_user.pk, drawing_id=drawing.pk)
    assert _usable(snapshot) == 1


def test_who_takes_consent_back_is_left_out_from_then_on(teaching_user: User) -> None:
    make_labelled_drawing(teaching_user)
    make_labelled_drawing(make_teaching_user("bert", split=Split.TRAINING))
    snapshot = build_snapshot(by=None)
    set_teaching_consent(user=teaching_user, may_teach=False)
    assert _usable(snapshot) == 1
    assert count_excluded(snapshot) == {"erased": 0, "withdrawn": 1}
    assert verify_snapshot(snapshot).is_valid
    assert build_snapshot(by=None).items.count() == 1
    set_teaching_consent(user=teaching_user, may_teach=True)
    assert _usable(snapshot) == 2
    assert build_snapshot(by=None) == snapshot


def test_one_is_told_which_networks_ones_drawings_taught(teaching_user: User) -> None:
    taught, untaught = make_labelled_drawing(teaching_user), make_labelled_drawing(teaching_user)
    judged = make_labelled_drawing(make_teaching_user("judge", split=Split.HOLDOUT))
    Drawing.objects.filter(pk=untaught.pk).update(status="queued")
    snapshot = build_snapshot(by=None)
    versions = [make_model_trained_on(snapshot, sha256=sha * 32) for sha in ("11", "22")]
    asked = [taught.pk, untaught.pk, judged.pk, uuid4()]
    assert find_models_trained_on(asked) == {taught.pk: [version.ref for version in versions]}
    assert find_models_trained_on([]) == {}

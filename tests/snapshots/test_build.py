"""What enters a snapshot, and that the same truths are the same snapshot."""

import hashlib
import json

import pytest
from django.db.models import F

from recognizer.models import (
    NOT_A_DIGIT_LABEL,
    Drawing,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    User,
)
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.snapshots.manifest import iter_manifest
from recognizer.snapshots.user_splits import compute_pseudonym, ensure_split
from recognizer.snapshots.verification import verify_snapshot
from tests.snapshots.factories import (
    DIGITS,
    make_labelled_drawing,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_it_holds_what_is_agreed(admin: User) -> None:
    owner = make_teaching_user("anna")
    drawings = [make_labelled_drawing(owner, 4), make_labelled_drawing(owner, NOT_A_DIGIT_LABEL)]
    snapshot = build_snapshot(by=admin, note="The first one.")
    side = ensure_split(owner)
    assert snapshot.counts[side] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert snapshot.counts["users"] == {"training": 0, "holdout": 0, side: 1}
    assert (snapshot.by, snapshot.note, snapshot.is_imported) == (admin, "The first one.", False)
    items = snapshot.items.order_by("pk").select_related("drawing")
    assert [(item.drawing.drawing_id, item.label, item.user_pseudonym) for item in items] == [
        (drawings[0].pk, 4, compute_pseudonym(owner.pk)),
        (drawings[1].pk, NOT_A_DIGIT_LABEL, compute_pseudonym(owner.pk)),
    ]
    assert [item.event_id for item in items] == [one.ground_truth.label_id for one in drawings]
    assert json.loads(items[0].drawing.ink) == DIGITS[4]
    assert verify_snapshot(snapshot).is_valid


def test_a_drawing_enters_only_when_nothing_speaks_against_it() -> None:
    owner = make_teaching_user("anna")
    entering = make_labelled_drawing(owner, 1)
    make_labelled_drawing(make_teaching_user("shy", may_teach=False))
    make_labelled_drawing(make_teaching_user("gone", is_active=False))
    make_labelled_drawing(owner, is_set_aside=True)
    make_labelled_drawing(owner, deleted_at=owner.date_joined)
    set_ground_truth(make_labelled_drawing(owner), None)
    Drawing.objects.filter(pk=make_labelled_drawing(owner).pk).update(revision=F("revision") + 1)
    Drawing.objects.filter(pk=make_labelled_drawing(owner).pk).update(status="queued")
    snapshot = build_snapshot(by=None)
    assert [item.drawing.drawing_id for item in snapshot.items.all()] == [entering.pk]
    assert SnapshotDrawing.objects.count() == 1


def test_a_picture_enters_as_what_the_network_saw() -> None:
    drawing = make_labelled_drawing(make_teaching_user("anna"), ink="", picture="pictures/aa/x.png")
    sample = build_snapshot(by=None).items.get().drawing
    assert drawing.prediction is not None
    raster = bytes(drawing.prediction.raster)
    assert (sample.ink, bytes(sample.raster or b"")) == ("", raster)
    assert sample.ink_sha256 == hashlib.sha256(raster).hexdigest()


def test_a_snapshot_of_nothing_is_refused() -> None:
    make_labelled_drawing(make_teaching_user("shy", may_teach=False))
    with pytest.raises(CannotBuild, match="No drawing that may teach has an agreed label"):
        build_snapshot(by=None)
    assert not Snapshot.objects.exists()


def test_the_same_truths_are_the_same_snapshot(admin: User) -> None:
    make_labelled_drawing(make_teaching_user("anna"), 4)
    first = build_snapshot(by=admin, note="one")
    again = build_snapshot(by=None, note="two")
    assert again == first
    assert (Snapshot.objects.count(), SnapshotItem.objects.count()) == (1, 1)


def test_another_truth_is_another_snapshot_that_shares_the_samples() -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 4)
    changed = make_labelled_drawing(owner, 5)
    first = build_snapshot(by=None)
    set_ground_truth(changed, 6)
    second = build_snapshot(by=None)
    assert second.sha256 != first.sha256
    assert (SnapshotItem.objects.count(), SnapshotDrawing.objects.count()) == (4, 2)
    assert verify_snapshot(first).is_valid
    assert sorted(first.items.values_list("label", flat=True)) == [4, 5]


def test_a_drawing_that_grew_has_a_sample_for_each_revision() -> None:
    drawing = make_labelled_drawing(make_teaching_user("anna"), 1)
    build_snapshot(by=None)
    Drawing.objects.filter(pk=drawing.pk).update(revision=2, ink=json.dumps(DIGITS[7]))
    drawing.refresh_from_db()
    set_ground_truth(drawing, 7)
    sample = build_snapshot(by=None).items.get().drawing
    assert (sample.revision, json.loads(sample.ink)) == (2, DIGITS[7])
    assert SnapshotDrawing.objects.count() == 2


def test_the_hash_is_that_of_the_manifest_and_tells_what_was_altered() -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 4)
    make_labelled_drawing(owner, 2)
    snapshot = build_snapshot(by=None)
    text = b"".join(iter_manifest(snapshot))
    assert hashlib.sha256(text).hexdigest() == snapshot.sha256
    assert len(text.splitlines()) == 3
    SnapshotDrawing.objects.filter(pk=snapshot.items.earliest("pk").drawing_id).update(ink="[]")
    assert (verify_snapshot(snapshot).altered, verify_snapshot(snapshot).is_valid) == (1, False)
    snapshot.items.filter(label=2).update(label=3)
    assert verify_snapshot(snapshot).sha256 != snapshot.sha256


def test_it_is_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizer.snapshots.build.DRAWING_BATCH_SIZE", 2)
    monkeypatch.setattr("recognizer.snapshots.manifest.LINE_BATCH_SIZE", 2)
    people = [make_teaching_user(f"person{n}") for n in range(3)]
    for n in range(7):
        make_labelled_drawing(people[n % 3], n)
    snapshot = build_snapshot(by=None)
    assert snapshot.items.count() == 7
    assert verify_snapshot(snapshot).is_valid

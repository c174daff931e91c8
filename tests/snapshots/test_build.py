"""Contents of a snapshot, and equal snapshots for equal ground truth."""

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
from recognizer.snapshots.user_splits_and_pseudonyms import compute_pseudonym
from recognizer.snapshots.verification import verify_snapshot
from tests.snapshots.factories import (
    DIGITS,
    make_labelled_drawing,
    make_teaching_user,
    set_ground_truth,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_contains_the_agreed_labels(admin: User) -> None:
    owner = make_teaching_user("anna")
    drawings = [make_labelled_drawing(owner, 4), make_labelled_drawing(owner, NOT_A_DIGIT_LABEL)]
    snapshot = build_snapshot(by=admin, note="The first one.")
    owner.refresh_from_db()
    split = owner.split
    assert snapshot.counts[split] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert snapshot.counts["users"] == {"training": 0, "holdout": 0, split: 1}
    assert (snapshot.by, snapshot.note, snapshot.is_imported) == (admin, "The first one.", False)
    items = snapshot.items.order_by("pk").select_related("drawing")
    assert [(item.drawing.drawing_id, item.label, item.user_pseudonym) for item in items] == [
        (drawings[0].pk, 4, compute_pseudonym(owner.pk)),
        (drawings[1].pk, NOT_A_DIGIT_LABEL, compute_pseudonym(owner.pk)),
    ]
    assert [item.event_id for item in items] == [one.ground_truth.label_id for one in drawings]
    assert json.loads(items[0].drawing.ink) == DIGITS[4]
    assert verify_snapshot(snapshot).is_valid


def test_contains_only_usable_drawings() -> None:
    owner = make_teaching_user("anna")
    usable = make_labelled_drawing(owner, 1)
    make_labelled_drawing(make_teaching_user("no_consent", may_teach=False))
    make_labelled_drawing(make_teaching_user("inactive", is_active=False))
    make_labelled_drawing(owner, is_set_aside=True)
    make_labelled_drawing(owner, deleted_at=owner.date_joined)
    set_ground_truth(make_labelled_drawing(owner), None)
    Drawing.objects.filter(pk=make_labelled_drawing(owner).pk).update(revision=F("revision") + 1)
    Drawing.objects.filter(pk=make_labelled_drawing(owner).pk).update(status="queued")
    snapshot = build_snapshot(by=None)
    assert [item.drawing.drawing_id for item in snapshot.items.all()] == [usable.pk]
    assert SnapshotDrawing.objects.count() == 1


def test_stores_the_raster_of_an_uploaded_picture() -> None:
    drawing = make_labelled_drawing(make_teaching_user("anna"), ink="", picture="pictures/aa/x.png")
    captured = build_snapshot(by=None).items.get().drawing
    assert drawing.prediction is not None
    raster = bytes(drawing.prediction.raster)
    assert (captured.ink, bytes(captured.raster or b"")) == ("", raster)
    assert captured.ink_sha256 == hashlib.sha256(raster).hexdigest()


def test_refuses_an_empty_snapshot() -> None:
    make_labelled_drawing(make_teaching_user("no_consent", may_teach=False))
    with pytest.raises(CannotBuild) as refused:
        build_snapshot(by=None)
    assert refused.value.code == "no_training_data"
    assert not Snapshot.objects.exists()


def test_equal_ground_truth_gives_the_same_snapshot(admin: User) -> None:
    make_labelled_drawing(make_teaching_user("anna"), 4)
    first = build_snapshot(by=admin, note="one")
    again = build_snapshot(by=None, note="two")
    assert again == first
    assert (Snapshot.objects.count(), SnapshotItem.objects.count()) == (1, 1)


def test_two_snapshots_share_the_captured_drawings() -> None:
    owner = make_teaching_user("anna")
    make_labelled_drawing(owner, 4)
    changed = make_labelled_drawing(owner, 5)
    first = build_snapshot(by=None)
    set_ground_truth(changed, 6)
    second = build_snapshot(by=None)
    assert second.sha256 != first.sha256
    assert (SnapshotItem.objects.count(), SnapshotDrawing.objects.count()) == (3, 2)
    assert verify_snapshot(first).is_valid
    assert sorted(first.items.values_list("label", flat=True)) == [4, 5]


def test_captures_each_revision_of_a_drawing() -> None:
    drawing = make_labelled_drawing(make_teaching_user("anna"), 1)
    build_snapshot(by=None)
    Drawing.objects.filter(pk=drawing.pk).update(revision=2, ink=json.dumps(DIGITS[7]))
    drawing.refresh_from_db()
    set_ground_truth(drawing, 7)
    captured = build_snapshot(by=None).items.get().drawing
    assert (captured.revision, json.loads(captured.ink)) == (2, DIGITS[7])
    assert SnapshotDrawing.objects.count() == 2


def test_verification_detects_altered_ink_and_labels() -> None:
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


def test_builds_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizer.snapshots.ground_truth_changes.ROW_BATCH_SIZE", 3)
    monkeypatch.setattr("recognizer.snapshots.ground_truth_changes.CAPTURED_BATCH_SIZE", 2)
    for module in ("build", "manifest"):
        monkeypatch.setattr(f"recognizer.snapshots.{module}.LINE_BATCH_SIZE", 2)
    users = [make_teaching_user(f"user{n}") for n in range(3)]
    for n in range(7):
        make_labelled_drawing(users[n % 3], n)
    snapshot = build_snapshot(by=None)
    assert snapshot.items.count() == 7
    assert verify_snapshot(snapshot).is_valid

"""The recognition task: leases, stored predictions and events."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import protocol
from recognizer.ingest import Submission
from recognizer.ingest.fair_batches import PendingDrawing
from recognizer.messaging.event_publisher import DrawingEvent
from recognizer.models import Drawing, Feed, Prediction, User
from tests.pipeline.factories import load_ink, make_submission, store_drawings
from workers.recognition.batch_inference import run_inference
from workers.recognition.drawing_leases import acquire_drawings
from workers.recognition.model_cache import model_cache
from workers.recognition.prediction_store import store_predictions

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DIGITS = Path(__file__).resolve().parent.parent / "ink" / "digits.json"


@pytest.fixture(autouse=True)
def champion(db: None) -> None:
    """The bundled model, registered again because each test starts with empty tables."""
    model_cache.__init__()  # type: ignore[misc]
    model_cache.load_champion()


def run_recognition_task(jobs: list[PendingDrawing]) -> list[DrawingEvent]:
    """Run the recognition task of a batch and return its events."""
    claims = acquire_drawings(_make_batch(jobs))
    return store_predictions(run_inference(claims)) if claims else []


def _make_batch(jobs: list[PendingDrawing]) -> protocol.RecognitionBatch:
    parts = [(job.id, job.revision, job.ink) for job in jobs]
    return protocol.decode_batch(protocol.encode_batch("g", parts))


def _stored(*group: Submission) -> list[PendingDrawing]:
    return store_drawings(*group).pending


def test_a_batch_is_leased_predicted_stored_and_published(owner: User, outsider: User) -> None:
    jobs = _stored(
        make_submission(owner, ink=load_ink(1)), make_submission(outsider, ink=load_ink(7))
    )
    changes = run_recognition_task(jobs)
    drawings = {str(drawing.pk): drawing for drawing in Drawing.objects.all()}
    assert len(changes) == len(drawings) == 2
    for change in changes:
        assert change.body is not None
        drawing = drawings[change.body["id"]]
        assert (drawing.status, drawing.attempts, drawing.error) == ("recognized", 1, "")
        assert drawing.lease_until is None
        assert drawing.due_at is None
        assert drawing.prediction is not None
        assert (change.user_id, change.cursor) == (drawing.owner_id, drawing.cursor)
        assert change.body == {
            **protocol.event_body("prediction", **_names(drawing)),
            **protocol.prediction_json(drawing.prediction),
        }
        assert len(drawing.prediction.raster) == 784
        assert sum(drawing.prediction.probabilities) == pytest.approx(1, abs=1e-4)
    digits = {drawing.prediction.digit for drawing in drawings.values() if drawing.prediction}
    assert digits == {1, 7}


def test_ignores_a_task_that_is_delivered_twice(owner: User) -> None:
    jobs = _stored(make_submission(owner))
    run_recognition_task(jobs)
    cursor = Feed.objects.get(user=owner).cursor
    assert run_recognition_task(jobs) == []
    assert Prediction.objects.count() == 1
    assert Feed.objects.get(user=owner).cursor == cursor
    assert Drawing.objects.get().attempts == 1


def test_two_workers_never_lease_the_same_drawing(owner: User) -> None:
    jobs = _stored(make_submission(owner))
    assert len(acquire_drawings(_make_batch(jobs))) == 1
    assert acquire_drawings(_make_batch(jobs)) == []


def test_stores_one_prediction_after_a_lease_expired(
    owner: User,
) -> None:
    jobs = _stored(make_submission(owner))
    slow = acquire_drawings(_make_batch(jobs))
    Drawing.objects.update(lease_until="2026-01-01T00:00Z")
    fast = acquire_drawings(_make_batch(jobs))
    assert len(slow) == len(fast) == 1
    changes = store_predictions(run_inference(fast)) + store_predictions(run_inference(slow))
    assert [change.body is None for change in changes] == [False, True]
    assert Prediction.objects.count() == 1
    assert Drawing.objects.get().attempts == 2


def test_retries_a_drawing_alone_and_at_most_three_times(owner: User) -> None:
    jobs = _stored(make_submission(owner), make_submission(owner))
    Drawing.objects.filter(pk=jobs[0].id).update(attempts=1)
    assert [claim.id for claim in acquire_drawings(_make_batch(jobs))] == [jobs[1].id]
    assert [claim.id for claim in acquire_drawings(_make_batch(jobs[:1]))] == [jobs[0].id]
    Drawing.objects.update(attempts=3, lease_until=None)
    assert acquire_drawings(_make_batch(jobs[:1])) == []


def test_publishes_no_result_of_a_deleted_drawing(owner: User) -> None:
    claims = acquire_drawings(_make_batch(_stored(make_submission(owner))))
    Drawing.objects.update(deleted_at=timezone.now())
    [change] = store_predictions(run_inference(claims))
    assert change.body is None
    assert Drawing.objects.get().status == "queued"


def test_does_not_lease_a_deleted_drawing(owner: User) -> None:
    jobs = _stored(make_submission(owner))
    Drawing.objects.update(deleted_at=timezone.now())
    assert acquire_drawings(_make_batch(jobs)) == []


def test_a_restored_drawing_keeps_its_prediction(owner: User) -> None:
    jobs = _stored(make_submission(owner))
    claims = acquire_drawings(_make_batch(jobs))
    Drawing.objects.update(deleted_at=timezone.now())
    store_predictions(run_inference(claims))
    Drawing.objects.update(deleted_at=None, lease_until=None)
    run_recognition_task(jobs)
    assert Drawing.objects.get().prediction == Prediction.objects.get()


@pytest.mark.django_db(transaction=True)
def test_an_erased_drawing_does_not_affect_its_batch(owner: User) -> None:
    jobs = _stored(make_submission(owner), make_submission(owner))
    claims = acquire_drawings(_make_batch(jobs))
    results = run_inference(claims)
    Drawing.objects.filter(pk=jobs[0].id).delete()
    store_predictions(results)
    assert Drawing.objects.get().status == "recognized"


def test_a_new_revision_during_recognition_is_predicted(owner: User) -> None:
    ref = uuid4()
    claims = acquire_drawings(
        _make_batch(_stored(make_submission(owner, ref=ref, ink=load_ink(1))))
    )
    newer = _stored(make_submission(owner, ref=ref, revision=2, ink=load_ink(7)))
    [change] = store_predictions(run_inference(claims))
    assert change.body is None
    assert Drawing.objects.get().status == "queued"
    run_recognition_task(newer)
    drawing = Drawing.objects.get()
    assert drawing.prediction is not None
    assert (drawing.prediction.revision, drawing.prediction.digit) == (2, 7)
    assert set(drawing.predictions.values_list("revision", flat=True)) == {1, 2}


def test_ignores_a_task_for_an_older_revision(owner: User) -> None:
    ref = uuid4()
    older = _stored(make_submission(owner, ref=ref))
    _stored(make_submission(owner, ref=ref, revision=2))
    assert acquire_drawings(_make_batch(older)) == []


def test_a_lease_lasts_two_seconds_by_the_database_clock(owner: User) -> None:
    batch = _make_batch(_stored(make_submission(owner)))
    due_at = Drawing.objects.get().due_at
    acquire_drawings(batch)
    drawing = Drawing.objects.annotate(now=Now()).get()
    assert drawing.due_at == due_at  # a lease changes no indexed column
    assert drawing.lease_until is not None
    assert 1.5 < (drawing.lease_until - drawing.now).total_seconds() <= 2


@pytest.mark.parametrize(
    ("content", "code"), [(b"no picture", "unreadable"), (None, "unreadable")], ids=str
)
def test_an_unreadable_picture_fails_with_its_code(
    owner: User, content: bytes | None, code: str
) -> None:
    name = "pictures/missing.png"
    if content is not None:
        name = default_storage.save("pictures/x.png", ContentFile(content))
    jobs = _stored(
        make_submission(owner, ink="", picture=name), make_submission(owner, ink=load_ink(1))
    )
    changes = run_recognition_task(jobs)
    bodies = [change.body for change in changes if change.body]
    assert {body["type"]: body.get("code") for body in bodies} == {
        "failed": code,
        "prediction": None,
    }
    failed = Drawing.objects.get(picture=name)
    assert (failed.status, failed.error, failed.prediction) == ("failed", code, None)


def _names(drawing: Drawing) -> dict[str, Any]:
    return {"id": str(drawing.pk), "ref": str(drawing.ref), "revision": drawing.revision}

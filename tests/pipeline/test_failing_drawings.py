"""A drawing that cannot be processed fails alone; the others of its batch are predicted."""

import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django.fixtures import Settings

from ml.preprocessing import rasterize
from recognizer import protocol
from recognizer.models import Drawing, User
from tests.pipeline.factories import load_ink, make_submission, store_drawings
from workers.recognition import batch_inference
from workers.recognition.batch_inference import run_inference
from workers.recognition.drawing_leases import acquire_drawings
from workers.recognition.model_cache import model_cache
from workers.recognition.prediction_store import store_predictions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def champion(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    model_cache.__init__()  # type: ignore[misc]
    model_cache.load_champion()


def _save_picture(size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> str:
    image = Image.new("L", size, 255)
    if box:
        image.paste(0, box)
    file = io.BytesIO()
    image.save(file, "PNG")
    return default_storage.save("pictures/x.png", ContentFile(file.getvalue()))


def _recognize(
    owner: User, *, inks: Sequence[str] = (), pictures: Sequence[str] = ()
) -> dict[UUID, Drawing]:
    """Recognize drawings as one batch and return them by ref."""
    group = [make_submission(owner, ink=ink) for ink in inks]
    group += [make_submission(owner, ink="", picture=name) for name in pictures]
    jobs = [(job.id, job.revision, job.ink) for job in store_drawings(*group).pending]
    batch = protocol.decode_batch(protocol.encode_batch("g", jobs))
    store_predictions(run_inference(acquire_drawings(batch)))
    found = {drawing.ref: drawing for drawing in Drawing.objects.select_related("prediction")}
    return {submission.ref: found[submission.ref] for submission in group}


def _outcome(drawing: Drawing) -> Any:
    return drawing.prediction.digit if drawing.prediction else drawing.error


def test_pictures_of_odd_shapes_are_predicted_with_their_batch(owner: User) -> None:
    pictures = [
        _save_picture((10, 3000), (4, 300, 6, 2700)),
        _save_picture((2, 400), (0, 100, 1, 300)),
        _save_picture((400, 2)),
        _save_picture((1_000_000, 1)),
    ]
    drawings = _recognize(owner, inks=[load_ink(7)], pictures=pictures)
    assert [_outcome(drawing) for drawing in drawings.values()] == [7, 1, 1, "empty", "empty"]


def test_ink_that_raises_fails_alone(
    owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rasterize_json = rasterize.rasterize_json

    def fail_at_large_numbers(inks: Sequence[str]) -> Any:
        if any("66666" in ink for ink in inks):
            raise OverflowError
        return rasterize_json(inks)

    monkeypatch.setattr(batch_inference, "rasterize_json", fail_at_large_numbers)
    with caplog.at_level(logging.ERROR):
        drawings = _recognize(owner, inks=[load_ink(1), "[[[66666,0]]]", load_ink(7)])
    first, failed, last = drawings.values()
    assert [_outcome(first), _outcome(failed), _outcome(last)] == [1, "internal_error", 7]
    assert failed.status == "failed"
    assert str(failed.pk) in caplog.text


@pytest.mark.parametrize("error", [IndexError, MemoryError, RecursionError, ZeroDivisionError])
def test_a_picture_that_raises_fails_alone(
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def fail(content: bytes) -> Any:
        raise error

    monkeypatch.setattr(batch_inference, "decode_upload", fail)
    picture = _save_picture((20, 20), (9, 2, 11, 18))
    with caplog.at_level(logging.ERROR):
        drawings = _recognize(owner, inks=[load_ink(7)], pictures=[picture])
    assert [_outcome(drawing) for drawing in drawings.values()] == [7, "internal_error"]
    assert str(list(drawings.values())[1].pk) in caplog.text


def test_a_picture_stays_queued_while_its_file_cannot_be_read(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> Any:
        raise ConnectionError

    picture = _save_picture((20, 20), (9, 2, 11, 18))
    monkeypatch.setattr(default_storage, "open", fail)
    assert _recognize(owner, pictures=[picture]).popitem()[1].status == "queued"
    drawings = _recognize(owner, inks=[load_ink(7)], pictures=[picture])
    assert [drawing.status for drawing in drawings.values()] == ["recognized", "queued"]

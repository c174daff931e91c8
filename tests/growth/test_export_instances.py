"""The export of an account loads each prediction once, and each model once per page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.db.models.signals import post_init
from PIL import Image

from recognizer.accounts import data_export
from recognizer.drawings.raster_png import encode_png
from recognizer.models import Drawing, ModelVersion, Prediction, User
from tests.api.factories import make_recognized_drawing


@pytest.fixture
def loaded() -> Iterator[Counter[str]]:
    """The number of instances by model."""
    counter: Counter[str] = Counter()

    def count(sender: Any, **_: object) -> None:
        counter[sender.__name__] += 1

    for model in (Drawing, Prediction, ModelVersion):
        post_init.connect(count, model)
    yield counter
    for model in (Drawing, Prediction, ModelVersion):
        post_init.disconnect(count, model)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_loads_each_row_once(
    owner: User, loaded: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_export, "ROW_BATCH_SIZE", 4)
    for _ in range(8):
        make_recognized_drawing(owner)
    loaded.clear()
    assert b"".join(data_export.export_account(owner))
    assert loaded == {"Drawing": 8, "Prediction": 8, "ModelVersion": 2}


def test_a_raster_is_a_png_of_its_pixels() -> None:
    for raster in (bytes(784), bytes(range(28)) * 28, bytes([255]) * 784):
        with Image.open(BytesIO(encode_png(raster))) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (28, 28))
            assert picture.tobytes() == raster

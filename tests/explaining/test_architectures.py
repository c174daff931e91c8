"""Whatever network serves, the page gets all it shows; what a network lacks is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ml.architectures import ARCHITECTURES
from ml.raster import rasterize
from recognizer.explaining import EXAMPLES
from recognizer.registry import register_model
from workers.explanations import STEPS, explain_reading

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WEIGHTS = Path(settings.FIRST_MODEL).parent


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_explained_whole(name: str) -> None:
    told: list[tuple[int, int]] = []
    found: dict[str, Any] = explain_reading(
        register_model(WEIGHTS / name),
        EXAMPLES[3],
        rasterize(EXAMPLES[3]),
        lambda done, of: told.append((done, of)),
    )
    text = json.dumps(found, allow_nan=False)
    assert len(text) < 400_000
    assert told == [(done, STEPS) for done in range(1, STEPS)]
    assert found["digit"] == 3
    assert found["decision"]["best"] == 3 != found["decision"]["second"]
    assert (found["windows"] is None) == (name in ("fnn", "mlp"))
    assert found["layers"][-1]["shape"] == [len(found["head"]["bias"])]
    assert all(layer["maps"]["data"] for layer in found["layers"])
    assert len(found["head"]["features"]) == len(found["head"]["weights"][0])

"""Explanations of every architecture."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ml.architectures import ARCHITECTURES
from ml.preprocessing.rasterize import rasterize
from recognizer.explanations.explanation_inputs import EXAMPLE_INKS
from recognizer.registry.artifact_store import register_model
from workers.explain.explanation_json_builder import NUM_PROGRESS_STEPS, explain_prediction

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WEIGHTS = Path(settings.DEFAULT_MODEL_DIR).parent


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_explains_every_architecture(name: str) -> None:
    progress: list[tuple[int, int]] = []
    found: dict[str, Any] = explain_prediction(
        register_model(WEIGHTS / name),
        EXAMPLE_INKS[3],
        rasterize(EXAMPLE_INKS[3]),
        lambda done, of: progress.append((done, of)),
    )
    text = json.dumps(found, allow_nan=False)
    assert len(text) < 400_000
    assert progress == [(done, NUM_PROGRESS_STEPS) for done in range(1, NUM_PROGRESS_STEPS)]
    assert found["digit"] == 3
    assert found["attribution"]["best"] == 3 != found["attribution"]["second"]
    assert (found["filters"] is None) == (name in ("fnn", "mlp"))
    assert found["layers"][-1]["shape"] == [len(found["head"]["bias"])]
    assert all(layer["maps"]["data"] for layer in found["layers"])
    assert len(found["head"]["features"]) == len(found["head"]["weights"][0])

"""Factories of drawings and predictions, as the web process and the workers store them."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from recognizer.models import Drawing, Feed, Label, ModelVersion, Prediction, User

STROKES = [[[0, 0, 0], [0, 10, 40], [1, 20, 80]], [[-3, 4, 300], [0, 0, 350]]]
MODEL_CARD = {"version": 1, "name": "inknet", "metrics": {"validation": {}}}


def make_model_version(name: str = "inknet", sha256: str = "ab" * 32) -> ModelVersion:
    version, _ = ModelVersion.objects.get_or_create(
        sha256=sha256, defaults={"name": name, "architecture": name, "card": MODEL_CARD}
    )
    return version


def make_drawing(owner: User, *, minutes_ago: float = 0, **fields: Any) -> Drawing:
    """Create a queued drawing; `fields` override the defaults."""
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    given = {
        "ref": uuid4(),
        "ink": json.dumps(STROKES),
        "created_at": moment,
        "drawn_at": moment,
        "cursor": Feed.advance(owner.pk),
        **fields,
    }
    return Drawing.objects.create(owner=owner, **given)


def make_recognized_drawing(
    owner: User,
    *,
    digit: int | None = 3,
    decision: str = "digit",
    confidence: float = 0.95,
    model: ModelVersion | None = None,
    **fields: Any,
) -> Drawing:
    """Create a recognized drawing; with `claim`, its label is created too."""
    drawing = make_drawing(owner, status="recognized", **fields)
    drawing.prediction = Prediction.objects.create(
        drawing=drawing,
        revision=1,
        model=model or make_model_version(),
        decision=decision,
        digit=digit,
        confidence=confidence,
        probabilities=[0.1] * 10,
        raster=bytes(range(28)) * 28,
        latency_ms=0.5,
        created_at=drawing.created_at,
    )
    drawing.save(update_fields=["prediction"])
    if drawing.claim is not None:
        Label.objects.create(
            drawing=drawing, author=owner, revision=1, value=drawing.claim, source="page"
        )
    return drawing

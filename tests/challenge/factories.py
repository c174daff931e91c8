"""Predictions of prompted drawings, as a worker stores them."""

from typing import Any

from django.utils import timezone

from recognizer.models import ChallengePrompt, Drawing, ModelVersion, Prediction
from tests.api.factories import make_model_version


def predict_drawing(
    drawing: Drawing, digit: int | None, *, model: ModelVersion | None = None
) -> None:
    """Store a prediction; None rejects the drawing."""
    drawing.prediction = Prediction.objects.create(
        drawing=drawing,
        revision=drawing.revision,
        model=model or make_model_version(),
        decision="not_a_digit" if digit is None else "digit",
        digit=digit,
        confidence=0.9,
        probabilities=[0.1] * 10,
        raster=bytes(784),
        latency_ms=1.0,
        created_at=timezone.now(),
    )
    drawing.status = "recognized"
    drawing.save(update_fields=["prediction", "status"])


def make_result(challenge: Any, position: int, digit: int, predicted: int, **fields: Any) -> None:
    ChallengePrompt.objects.create(
        challenge=challenge,
        position=position,
        digit=digit,
        predicted=predicted,
        **{
            "probability": 0.1,
            "shown_at": timezone.now(),
            "completed_at": timezone.now(),
            "model": make_model_version(),
            "pointer": "pen",
            **fields,
        },
    )

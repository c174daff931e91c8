"""All that ever happened to one drawing: its answers and its labels, oldest first."""

from typing import Any

from recognizer import contract
from recognizer.models import Drawing, Label, Prediction


def past_json(drawing: Drawing) -> dict[str, list[dict[str, Any]]]:
    """Reads `drawing.predictions` with their models, and `drawing.labels` (prefetch them)."""
    return {
        "answers": [_answer_json(prediction) for prediction in drawing.predictions.all()],
        "labels": [_label_json(label) for label in drawing.labels.all()],
    }


def _answer_json(prediction: Prediction) -> dict[str, Any]:
    return {
        "revision": prediction.revision,
        "created_at": prediction.created_at.isoformat(),
        **contract.prediction_json(prediction),
    }


def _label_json(label: Label) -> dict[str, Any]:
    return {
        "revision": label.revision,
        "created_at": label.created_at.isoformat(),
        "label": contract.label_json(label.value),
        "source": label.source,
    }

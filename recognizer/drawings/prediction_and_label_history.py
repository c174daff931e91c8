"""The history of a drawing for its owner: predictions and claims, oldest first.

Reviews are not part of it.
"""

from collections.abc import Iterable
from typing import Annotated, TypedDict

from django.db.models import Exists, OuterRef, QuerySet

from recognizer import protocol
from recognizer.models import Drawing, Label, LabelKind, LabelSource, Prediction, Promotion
from recognizer.protocol.drawing_json_payloads import (
    DrawingPayload,
    LabelValue,
    PredictionPayload,
    Timestamp,
)

MAX_SHOWN_CLAIMS = 50


class PastPredictionPayload(PredictionPayload):
    revision: int
    created_at: Timestamp


class PastLabelPayload(TypedDict):
    revision: int
    created_at: Timestamp
    label: LabelValue | None
    source: Annotated[str, LabelSource]


class DrawingHistoryPayload(TypedDict):
    predictions: Annotated[list[PastPredictionPayload], "Oldest first."]
    labels: Annotated[
        list[PastLabelPayload], "The newest 50 labels that the owner gave, oldest first."
    ]


class DrawingDetailPayload(DrawingPayload, DrawingHistoryPayload):
    """A drawing with all its predictions and labels."""


def shown_predictions() -> QuerySet[Prediction]:
    """Return predictions of models that are or were champion, for `Prefetch`.

    Predictions of shadow models are not shown.
    """
    served = Promotion.objects.filter(model=OuterRef("model"))
    is_pointed_to = Drawing.objects.filter(prediction=OuterRef("pk"))
    shown = Prediction.objects.filter(Exists(served) | Exists(is_pointed_to))
    return shown.select_related("model")


def newest_claims(drawing: Drawing) -> QuerySet[Label]:
    """Return the newest claims of a drawing, newest first. A script can store thousands."""
    claims = drawing.labels.filter(kind=LabelKind.CLAIM)
    return claims.order_by("-created_at", "-id")[:MAX_SHOWN_CLAIMS]


def history_json(
    predictions: Iterable[Prediction], claims: Iterable[Label]
) -> DrawingHistoryPayload:
    """Return the JSON of the `shown_predictions` and the claims of a drawing, oldest first."""
    return {
        "predictions": [_prediction_json(prediction) for prediction in predictions],
        "labels": [_label_json(label) for label in claims],
    }


def _prediction_json(prediction: Prediction) -> PastPredictionPayload:
    return {
        "revision": prediction.revision,
        "created_at": prediction.created_at.isoformat(),
        **protocol.prediction_json(prediction),
    }


def _label_json(label: Label) -> PastLabelPayload:
    return {
        "revision": label.revision,
        "created_at": label.created_at.isoformat(),
        "label": protocol.label_json(label.value),
        "source": label.source,
    }

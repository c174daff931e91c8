"""JSON of drawings, predictions and labels, and the field types that all payloads share.

A payload is a TypedDict. `Annotated` adds documentation to a field of the OpenAPI document: a
string is its description, JsonSchema holds further keywords, an enumeration lists the values of a
string.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict, overload

if TYPE_CHECKING:
    from recognizer.models import Drawing, GroundTruth, Prediction

JSON = dict[str, Any]
Payload = Mapping[str, Any]
"""Any payload, for code that only sends it: a TypedDict is no dict to mypy."""

NOT_A_DIGIT = "not_a_digit"
NOT_A_DIGIT_LABEL = 10
"""How labels store it; the same as recognizer.models.NOT_A_DIGIT_LABEL."""

POINTER_TYPES = ("mouse", "touch", "pen")


class JsonSchema:
    """JSON Schema keywords of a field."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


def label_schema(*words: str) -> JSON:
    """Return the JSON Schema of a label: 0 to 9, not_a_digit, or one of `words`."""
    digit = {"type": "integer", "minimum": 0, "maximum": 9}
    return {"oneOf": [digit, {"type": "string", "enum": [NOT_A_DIGIT, *words]}]}


Uuid = Annotated[str, JsonSchema(format="uuid")]
Timestamp = Annotated[str, JsonSchema(format="date-time")]
SearchedSince = Annotated[
    Timestamp | None,
    "Only drawings from this time on were searched; `next` searches older ones. Null if all were "
    "searched, or the page is full.",
]
Date = Annotated[str, JsonSchema(format="date")]
Url = Annotated[str, JsonSchema(format="uri")]
LabelValue = Annotated[int | str, JsonSchema(**label_schema())]
Point = Annotated[list[float], JsonSchema(minItems=2, maxItems=4)]
Strokes = Annotated[list[list[Point]], JsonSchema(minItems=1, maxItems=200)]


class PredictionPayload(TypedDict):
    digit: Annotated[
        int | None,
        "The most probable digit; null if the decision is not_a_digit.",
        JsonSchema(minimum=0, maximum=9),
    ]
    decision: Annotated[str, JsonSchema(enum=["digit", "unsure", "not_a_digit"])]
    confidence: Annotated[
        float, "The calibrated probability of the decision.", JsonSchema(minimum=0, maximum=1)
    ]
    probabilities: Annotated[list[float], JsonSchema(minItems=10, maxItems=10)]
    model: Annotated[str, "name@sha12, as in models/{id}/."]
    latency_ms: Annotated[float, "Time that the worker spent on this drawing."]


class DrawingStatePayload(TypedDict):
    """A drawing without its ink."""

    id: Uuid
    ref: Uuid
    revision: int
    status: Annotated[str, JsonSchema(enum=["queued", "recognized", "failed"])]
    error: NotRequired[
        Annotated[
            str,
            "Only if the status is failed.",
            JsonSchema(enum=["empty", "internal_error", "too_large", "unreadable", "worker_died"]),
        ]
    ]
    prediction: Annotated[
        PredictionPayload | None, "Null until the newest revision has a prediction."
    ]
    claim: Annotated[LabelValue | None, "The label that the owner gave."]
    ground_truth: Annotated[LabelValue | None, "The agreed label."]
    created_at: Timestamp


class DrawingPayload(DrawingStatePayload):
    """A drawing with its ink."""

    strokes: Annotated[Strokes | None, "Null for a picture."]
    pointer: Annotated[str, "mouse, touch, pen or empty."]


class ListedDrawingPayload(DrawingStatePayload):
    """A drawing in a list."""

    strokes: NotRequired[Annotated[Strokes | None, "Only with `strokes=true`; null for a picture."]]
    pointer: Annotated[str, "mouse, touch, pen or empty."]


@overload
def label_json(value: int) -> int | str: ...
@overload
def label_json(value: None) -> None: ...
@overload
def label_json(value: int | None) -> int | str | None: ...
def label_json(value: int | None) -> int | str | None:
    """Return a stored label as clients read it: 0 to 9, `not_a_digit`, or None."""
    return NOT_A_DIGIT if value == NOT_A_DIGIT_LABEL else value


def parse_label(label: object) -> int | None:
    """Return the stored value of a label that a client sent.

    Raises ValueError if it is not 0 to 9, `not_a_digit` or None.
    """
    if label is None:
        return None
    if label == NOT_A_DIGIT:
        return NOT_A_DIGIT_LABEL
    if isinstance(label, int) and not isinstance(label, bool) and 0 <= label <= 9:
        return label
    raise ValueError("A label is 0 to 9, not_a_digit or null.")


def current_ground_truth(drawing: "Drawing") -> int | None:
    """Return the ground truth of the newest revision; None if there is only an older one."""
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None or ground_truth.revision != drawing.revision:
        return None
    return ground_truth.value


def prediction_body(
    *,
    decision: str,
    digit: int | None,
    confidence: float,
    probabilities: Sequence[float],
    model: str,
    latency_ms: float,
) -> PredictionPayload:
    """Return the JSON of a prediction; `digit` is null if the decision is not_a_digit."""
    return {
        "digit": None if decision == NOT_A_DIGIT else digit,
        "decision": decision,
        "confidence": confidence,
        "probabilities": list(probabilities),
        "model": model,
        "latency_ms": latency_ms,
    }


def prediction_json(prediction: "Prediction") -> PredictionPayload:
    """Return the JSON of a stored prediction. Reads `prediction.model` (use select_related)."""
    return prediction_body(
        decision=prediction.decision,
        digit=prediction.digit,
        confidence=prediction.confidence,
        probabilities=prediction.probabilities,
        model=prediction.model.ref,
        latency_ms=prediction.latency_ms,
    )


def drawing_body(
    *,
    id: str,
    ref: str,
    revision: int,
    status: str,
    created_at: str,
    error: str = "",
    prediction: PredictionPayload | None = None,
    claim: int | str | None = None,
    ground_truth: int | str | None = None,
) -> DrawingStatePayload:
    """Return the JSON of a drawing without its ink; `error` only if it is not empty."""
    body: DrawingStatePayload = {
        "id": id,
        "ref": ref,
        "revision": revision,
        "status": status,
        "prediction": prediction,
        "claim": claim,
        "ground_truth": ground_truth,
        "created_at": created_at,
    }
    if error:
        body["error"] = error
    return body


def drawing_state_json(drawing: "Drawing") -> DrawingStatePayload:
    """Return the JSON of a drawing without its ink.

    Reads `drawing.prediction.model` and `drawing.ground_truth` (use select_related).
    """
    return drawing_body(
        id=str(drawing.id),
        ref=str(drawing.ref),
        revision=drawing.revision,
        status=str(drawing.status),
        created_at=drawing.created_at.isoformat(),
        error=drawing.error,
        prediction=prediction_json(drawing.prediction) if drawing.prediction else None,
        claim=label_json(drawing.claim),
        ground_truth=label_json(current_ground_truth(drawing)),
    )


def listed_drawing_json(drawing: "Drawing", *, with_ink: bool) -> ListedDrawingPayload:
    """Return the JSON of a drawing in a list."""
    drawn: Any = drawing_json(drawing) if with_ink else drawing_state_json(drawing)
    listed: ListedDrawingPayload = drawn | {"pointer": drawing.pointer}
    return listed


def drawing_json(drawing: "Drawing") -> DrawingPayload:
    """Return the JSON of a drawing with its ink; `strokes` is null for a picture."""
    return {
        **drawing_state_json(drawing),
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "pointer": drawing.pointer,
    }

"""JSON shapes of drawings and predictions, and the field types that all payloads share.

A payload is a TypedDict. `Annotated` adds to a field what the OpenAPI document shows: a string is
its description, JsonSchema holds further keywords, an enumeration lists the values of a string.
"""

from typing import Annotated, Any, NotRequired, TypedDict


class JsonSchema:
    """JSON Schema keywords of a field."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


Uuid = Annotated[str, JsonSchema(format="uuid")]
Timestamp = Annotated[str, JsonSchema(format="date-time")]
Date = Annotated[str, JsonSchema(format="date")]
Url = Annotated[str, JsonSchema(format="uri")]
LabelValue = Annotated[
    int | str,
    JsonSchema(
        oneOf=[
            {"type": "integer", "minimum": 0, "maximum": 9},
            {"type": "string", "enum": ["not_a_digit"]},
        ]
    ),
]
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
            JsonSchema(enum=["empty", "too_large", "unreadable", "worker_died"]),
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

"""Functions that build the websocket messages of the server."""

from typing import TYPE_CHECKING, Any, cast

from recognizer.protocol.drawing_json_payloads import (
    JSON,
    Payload,
    current_ground_truth,
    drawing_state_json,
    label_json,
    prediction_json,
)
from recognizer.protocol.error_codes import ERRORS, RECOGNITION_FAILURES, SIDE_BY_SIDE_FAILURES
from recognizer.protocol.server_websocket_messages import (
    ChampionMessage,
    ChampionPayload,
    DeletedEvent,
    DrawingEvent,
    DrawingReference,
    ErrorMessage,
    FailedEvent,
    FailurePayload,
    HelloMessage,
    LabelEvent,
    LimitsPayload,
    ModelFailurePayload,
    PredictionEvent,
    QueuedMessage,
    RestoredEvent,
    ResumedMessage,
    SideBySideMessage,
    SocketUser,
    StateEvent,
)
from recognizer.protocol.tasks import SideBySideRequest

if TYPE_CHECKING:
    from recognizer.models import Drawing


def hello_message(
    *,
    user: SocketUser,
    cursor: int,
    epoch: str,
    limits: LimitsPayload,
    champion: ChampionPayload | None,
) -> HelloMessage:
    return {
        "type": "hello",
        "user": user,
        "cursor": cursor,
        "epoch": epoch,
        "limits": limits,
        "champion": champion,
    }


def champion_message(champion: ChampionPayload | None) -> ChampionMessage:
    return {"type": "champion", "champion": champion}


def queued_message(*, ref: str, revision: int, id: str) -> QueuedMessage:
    return {"type": "queued", "ref": ref, "revision": revision, "id": id}


def event_body(kind: str, *, id: str, ref: str, revision: int, **fields: Any) -> JSON:
    """Return an event without its cursor, which the publisher adds."""
    return {"type": kind, "id": id, "ref": ref, "revision": revision, **fields}


def failure_fields(code: str) -> FailurePayload:
    return {"code": code, "detail": RECOGNITION_FAILURES[code]}


def drawing_event(drawing: "Drawing") -> DrawingEvent:
    return {"type": "drawing", "cursor": drawing.cursor, **drawing_state_json(drawing)}


def prediction_event(drawing: "Drawing") -> PredictionEvent:
    """Return the event of a recognized drawing. Raises ValueError if it has no prediction."""
    if drawing.prediction is None:
        raise ValueError("The drawing has no prediction.")
    prediction = prediction_json(drawing.prediction)
    return {"type": "prediction", **_drawing_reference(drawing), **prediction}


def failed_event(drawing: "Drawing") -> FailedEvent:
    return {"type": "failed", **_drawing_reference(drawing), **failure_fields(drawing.error)}


def label_event(drawing: "Drawing") -> LabelEvent:
    return {
        "type": "label",
        **_drawing_reference(drawing),
        "claim": label_json(drawing.claim),
        "ground_truth": label_json(current_ground_truth(drawing)),
    }


def deleted_event(drawing: "Drawing") -> DeletedEvent:
    return {"type": "deleted", **_drawing_reference(drawing)}


def restored_event(drawing: "Drawing") -> RestoredEvent:
    return {"type": "restored", **_drawing_reference(drawing)}


def state_events(drawing: "Drawing") -> list[StateEvent]:
    """Return the events that bring a client up to date with a drawing, from any earlier state.

    Only the last event has the cursor of the drawing: a client that received only the earlier ones
    resumes before it.
    """
    if drawing.deleted_at is not None:
        return [deleted_event(drawing)]
    events: list[StateEvent] = [drawing_event(drawing)]
    if drawing.prediction is not None:
        events.append(prediction_event(drawing))
    if drawing.status == "failed":
        events.append(failed_event(drawing))
    for event in events[:-1]:
        event["cursor"] = drawing.cursor - 1
    return events


def side_by_side_message(
    request: SideBySideRequest, predictions: list[Payload]
) -> SideBySideMessage:
    """Return the reply to a request: for each shown model a prediction and `rejects`, or the result
    of `model_failure_json`."""
    return {
        "type": "side_by_side",
        "id": request.id,
        "revision": request.revision,
        "predictions": predictions,
    }


def side_by_side_failure_message(request: SideBySideRequest, code: str) -> SideBySideMessage:
    """Return the reply without predictions; `code` is one of SIDE_BY_SIDE_FAILURES."""
    return {
        "type": "side_by_side",
        "id": request.id,
        "revision": request.revision,
        "predictions": None,
        "code": code,
        "detail": SIDE_BY_SIDE_FAILURES[code],
    }


def model_failure_json(model: str, code: str) -> ModelFailurePayload:
    """Return the entry of a model without a prediction; `code` is of SIDE_BY_SIDE_FAILURES."""
    return {"model": model, "code": code, "detail": SIDE_BY_SIDE_FAILURES[code]}


def resumed_message(*, cursor: int, complete: bool, epoch: str = "") -> ResumedMessage:
    """Return the end of a resume. Training runs have no epoch."""
    message: ResumedMessage = {"type": "resumed", "cursor": cursor, "complete": complete}
    return {**message, "epoch": epoch} if epoch else message


def error_message(
    code: str,
    detail: str = "",
    *,
    ref: str | None = None,
    revision: int | None = None,
    id: str | None = None,
    retry_after_s: float | None = None,
) -> ErrorMessage:
    """Return an error; `detail` is by default the sentence of its code."""
    message = {"type": "error", "code": code, "detail": detail or ERRORS[code]}
    optional = {"ref": ref, "revision": revision, "id": id, "retry_after_s": retry_after_s}
    known = {name: value for name, value in optional.items() if value is not None}
    return cast(ErrorMessage, {**message, **known})


def _drawing_reference(drawing: "Drawing") -> DrawingReference:
    return {
        "id": str(drawing.id),
        "ref": str(drawing.ref),
        "revision": drawing.revision,
        "cursor": drawing.cursor,
    }

"""What the web tier, the workers and the clients agree on: names of tasks, payloads, events, codes.

Standard library only. The one place where the JSON of a drawing, of a prediction and of an event is
built; docs/protocol.md lists all of it and a test holds the page against this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recognizer.models import Drawing, GroundTruth, Prediction

JSON = dict[str, Any]

RECOGNIZE_TASK = "digitsite.recognize"
TRAIN_TASK = "digitsite.train"
SCHEDULED_RUN_TASK = "digitsite.scheduled_run"
EVALUATE_TASK = "digitsite.evaluate"
SHADOW_TASK = "digitsite.shadow"
SIDE_BY_SIDE_TASK = "digitsite.side_by_side"
EMBED_TASK = "digitsite.embed"
EXPLAIN_TASK = "digitsite.explain"

RECOGNITION_QUEUE = "recognition"
SIDE_BY_SIDE_QUEUE = "side_by_side"
EXPLAIN_QUEUE = "explain"
SHADOW_QUEUE = "shadow"
TRAINING_QUEUE = "training"
BACKGROUND_QUEUES = (SIDE_BY_SIDE_QUEUE, EXPLAIN_QUEUE, SHADOW_QUEUE, TRAINING_QUEUE)

NOT_A_DIGIT = "not_a_digit"
NOT_A_DIGIT_LABEL = 10  # as labels store it; as recognizer.models.NOT_A_DIGIT_LABEL

POINTER_TYPES = ("mouse", "touch", "pen")

CLIENT_MESSAGE_TYPES = ("auth", "draw", "claim", "side_by_side", "resume")
EVENT_TYPES = ("drawing", "prediction", "failed", "label", "deleted", "restored")
SERVER_MESSAGE_TYPES = ("hello", "queued", *EVENT_TYPES, "side_by_side", "resumed", "error")

ERRORS = {
    "bad_json": "This is not JSON.",
    "binary": "Messages are text, not bytes.",
    "unknown_type": "There is no message of this type.",
    "bad_message": "A field of this message is missing or not what it should be.",
    "too_large": "This message is too large.",
    "not_ink": "This is not ink: strokes are lists of points, points are lists of 2 to 4 numbers.",
    "not_finite": "A coordinate is not a finite number.",
    "too_many_strokes": "This drawing has too many strokes.",
    "too_many_points": "This drawing has too many points.",
    "out_of_bounds": "A point lies too far out.",
    "empty": "Nothing is drawn here.",
    "conflict": "This revision was sent before with other ink.",
    "stale": "A newer revision of this drawing is already here.",
    "deleted": "This drawing is deleted.",
    "not_found": "You have no such drawing.",
    "not_authenticated": "Nobody is signed in here; send a token first.",
    "rate_limited": "That is too much at once; wait a moment.",
    "unavailable": "The site cannot store anything at the moment; please send it again.",
}
"""Codes of `error` messages and of refusals over HTTP, each with its sentence."""

RECOGNITION_FAILURES = {
    "empty": "Nothing is drawn here.",
    "unreadable": "This picture could not be read.",
    "too_large": "This picture is too large.",
    "worker_died": "Reading this drawing failed three times.",
}
"""Codes of `failed`: why a drawing has no answer."""

SIDE_BY_SIDE_FAILURES = {
    "delayed": "The other models take longer than usual.",
    "unavailable": "The other models do not answer at the moment.",
    "stale": "This drawing has changed since, or has no answer yet.",
    "not_found": "You have no such drawing.",
    "cannot_load": "This model could not be loaded.",
    "cannot_predict": "This model could not read the drawing.",
}
"""Codes of `side_by_side`: why nothing is there yet, or why one of the models says nothing."""

CLOSE_CODES = {
    1009: "A frame is larger than 1 MiB.",
    1013: "The socket does not read what it is sent, or the site is not ready; come again.",
    4401: "Nobody is signed in, or not any more.",
    4403: "The account may not do this.",
    4404: "There is no such thing.",
    4429: "This account has too many sockets open.",
}
"""Codes with which the server closes a socket."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One drawing of a task; `strokes` is None for a picture: the worker reads it from storage."""

    id: str
    revision: int
    strokes: list[list[list[float]]] | None


@dataclass(frozen=True, slots=True)
class RecognitionBatch:
    """A task: drawings that are recognized together; the answer names the group again."""

    id: str
    jobs: list[BatchItem]


def encode_batch(batch_id: str, jobs: Iterable[tuple[str, int, str]]) -> str:
    """The payload of one task as ONE string; a job is (id, revision, ink as JSON or empty)."""
    parts = ",".join(f'["{id}",{revision},{ink or "null"}]' for id, revision, ink in jobs)
    return f'{{"batch":"{batch_id}","drawings":[{parts}]}}'


def decode_batch(payload: str, *, loads: Callable[[str], Any] = json.loads) -> RecognitionBatch:
    """The inverse of `encode_group`; `loads` may be a faster reader of JSON."""
    raw = loads(payload)
    return RecognitionBatch(raw["batch"], [BatchItem(*job) for job in raw["drawings"]])


@dataclass(frozen=True, slots=True)
class SideBySideRequest:
    """Somebody wants to know what all shown models say of a drawing."""

    user_id: int
    id: str
    revision: int


def encode_side_by_side_requests(batch_id: str, asks: Iterable[SideBySideRequest]) -> str:
    """The payload of a task for the shown models; the answer names the group again."""
    rows = [(ask.user_id, ask.id, ask.revision) for ask in asks]
    return json.dumps({"batch": batch_id, "requests": rows})


def decode_side_by_side_requests(payload: str) -> tuple[str, list[SideBySideRequest]]:
    """The inverse of `encode_asks`."""
    raw = json.loads(payload)
    return raw["batch"], [SideBySideRequest(*row) for row in raw["requests"]]


def encode_drawing_revisions(drawings: Iterable[tuple[str, int]]) -> str:
    """The payload of a task about drawings that were answered: their ids and revisions."""
    return json.dumps(list(drawings))


def decode_drawing_revisions(payload: str) -> list[tuple[str, int]]:
    return [(id, revision) for id, revision in json.loads(payload)]


def label_json(value: int | None) -> int | str | None:
    """A claim as clients read it: 0 to 9, `not_a_digit`, or null."""
    return NOT_A_DIGIT if value == NOT_A_DIGIT_LABEL else value


def current_ground_truth(drawing: Drawing) -> int | None:
    """The ground truth of the newest revision; that of an earlier one does not count."""
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    return (
        ground_truth.value
        if ground_truth is not None and ground_truth.revision == drawing.revision
        else None
    )


def parse_label(label: object) -> int | None:
    """The inverse of `label_json`; raises ValueError for what is not a label."""
    if label is None:
        return None
    if label == NOT_A_DIGIT:
        return NOT_A_DIGIT_LABEL
    if isinstance(label, int) and not isinstance(label, bool) and 0 <= label <= 9:
        return label
    raise ValueError("A label is 0 to 9, not_a_digit or null.")


def prediction_body(
    *,
    decision: str,
    digit: int | None,
    confidence: float,
    probabilities: Sequence[float],
    model: str,
    latency_ms: float,
) -> JSON:
    """The fields of a prediction; `digit` is null when the decision is not_a_digit."""
    return {
        "digit": None if decision == NOT_A_DIGIT else digit,
        "decision": decision,
        "confidence": confidence,
        "probabilities": list(probabilities),
        "model": model,
        "latency_ms": latency_ms,
    }


def prediction_json(prediction: Prediction) -> JSON:
    """A stored answer; reads `prediction.model` (select it along)."""
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
    prediction: JSON | None = None,
    claim: int | str | None = None,
    ground_truth: int | str | None = None,
) -> JSON:
    """The fields of a drawing, from their values; `error` only where there is one."""
    body: JSON = {"id": id, "ref": ref, "revision": revision, "status": status}
    if error:
        body["error"] = error
    return {
        **body,
        "prediction": prediction,
        "claim": claim,
        "ground_truth": ground_truth,
        "created_at": created_at,
    }


def drawing_json(drawing: Drawing, *, with_ink: bool = True) -> JSON:
    """A drawing as API and socket show it; reads `drawing.prediction.model` and
    `drawing.ground_truth` (select them along).

    `strokes` is null for a picture. Events leave the ink out (`with_ink=False`).
    """
    body = drawing_body(
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
    if with_ink:
        body["strokes"] = json.loads(drawing.ink) if drawing.ink else None
        body["pointer"] = drawing.pointer
    return body


def event_body(kind: str, *, id: str, ref: str, revision: int, **fields: Any) -> JSON:
    """A change as sockets get it, still without the cursor, which delivery adds."""
    return {"type": kind, "id": id, "ref": ref, "revision": revision, **fields}


def failure_fields(code: str) -> JSON:
    return {"code": code, "detail": RECOGNITION_FAILURES[code]}


def drawing_event(drawing: Drawing) -> JSON:
    """A new drawing or revision, or how a drawing stands when a client resumes; without ink."""
    return {"type": "drawing", "cursor": drawing.cursor, **drawing_json(drawing, with_ink=False)}


def prediction_event(drawing: Drawing) -> JSON:
    """The newest revision has its answer."""
    if drawing.prediction is None:
        raise ValueError("The drawing has no answer.")
    return {**_event_with_cursor("prediction", drawing), **prediction_json(drawing.prediction)}


def failed_event(drawing: Drawing) -> JSON:
    """The newest revision will have no answer."""
    return {**_event_with_cursor("failed", drawing), **failure_fields(drawing.error)}


def label_event(drawing: Drawing) -> JSON:
    """Somebody said what it is, or took that back: the owner's claim now, and what counts."""
    labels = {
        "claim": label_json(drawing.claim),
        "ground_truth": label_json(current_ground_truth(drawing)),
    }
    return {**_event_with_cursor("label", drawing), **labels}


def deleted_event(drawing: Drawing) -> JSON:
    return _event_with_cursor("deleted", drawing)


def restored_event(drawing: Drawing) -> JSON:
    return _event_with_cursor("restored", drawing)


def state_events(drawing: Drawing) -> list[JSON]:
    """What brings a client level with this drawing, whatever it missed; the last has its cursor."""
    if drawing.deleted_at is not None:
        return [deleted_event(drawing)]
    events = [drawing_event(drawing)]
    if drawing.prediction is not None:
        events.append(prediction_event(drawing))
    if drawing.status == "failed":
        events.append(failed_event(drawing))
    for event in events[:-1]:
        event["cursor"] = drawing.cursor - 1
    return events


def hello_message(*, cursor: int, limits: JSON) -> JSON:
    return {"type": "hello", "cursor": cursor, "limits": limits}


def queued_message(*, ref: str, revision: int, id: str) -> JSON:
    return {"type": "queued", "ref": ref, "revision": revision, "id": id}


def side_by_side_message(ask: SideBySideRequest, answers: list[JSON]) -> JSON:
    """What each shown model says of a drawing, an answer and `rejects`, or `no_reading_json`."""
    return {
        "type": "side_by_side",
        "id": ask.id,
        "revision": ask.revision,
        "predictions": answers,
    }


def side_by_side_failure_message(ask: SideBySideRequest, code: str) -> JSON:
    """Why nothing is there, with a code of BESIDE_FAILURES."""
    about: JSON = {
        "type": "side_by_side",
        "id": ask.id,
        "revision": ask.revision,
        "predictions": None,
    }
    return {**about, "code": code, "detail": SIDE_BY_SIDE_FAILURES[code]}


def model_failure_json(model: str, code: str) -> JSON:
    """A model that says nothing, with a code of BESIDE_FAILURES."""
    return {"model": model, "code": code, "detail": SIDE_BY_SIDE_FAILURES[code]}


def resumed_message(*, cursor: int, complete: bool) -> JSON:
    return {"type": "resumed", "cursor": cursor, "complete": complete}


def error_message(code: str, detail: str = "", **about: Any) -> JSON:
    """`about` may hold `ref`, `id` and `retry_after_s`; what is None is left out."""
    known = {name: value for name, value in about.items() if value is not None}
    return {"type": "error", **known, "code": code, "detail": detail or ERRORS[code]}


def _event_with_cursor(kind: str, drawing: Drawing) -> JSON:
    body = event_body(kind, id=str(drawing.id), ref=str(drawing.ref), revision=drawing.revision)
    return {**body, "cursor": drawing.cursor}

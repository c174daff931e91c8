"""JSON of training runs and their events, for the API and the websocket."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired, TypedDict, cast

from recognizer.models import GateResult, Rehearsal, RunEvent, RunStatus, TrainingRun, Trigger
from recognizer.protocol import SocketUser
from recognizer.protocol.drawing_json_payloads import JsonSchema, Timestamp, Url, Uuid
from recognizer.training.run_requests import ARCHITECTURES


class ProgressPayload(TypedDict):
    phase: Annotated[str, JsonSchema(enum=["preparing", "training", "evaluating"])]
    fraction: NotRequired[Annotated[float, "Of the whole run.", JsonSchema(minimum=0, maximum=1)]]
    remaining_s: NotRequired[Annotated[float | None, "Estimated seconds until training ends."]]
    loss: NotRequired[float]
    epoch_progress: NotRequired[Annotated[float, "Completed epochs, with the current fraction."]]


class TrainingRunPayload(TypedDict):
    id: Uuid
    status: Annotated[str, RunStatus]
    error: Annotated[str | None, "Code of the failure; docs/websocket.md lists all."]
    detail: Annotated[str, "The cause of the failure in words."]
    architecture: Annotated[str, JsonSchema(enum=list(ARCHITECTURES))]
    base: Annotated[str | None, "name@sha12 of the base model; null: trained from scratch."]
    snapshot: Uuid | None
    rehearsal: Annotated[str, Rehearsal]
    epochs: int
    seed: int
    shadow: bool
    trigger: Annotated[str, Trigger]
    by: Annotated[str | None, "Username; null if the site started the run."]
    epoch: Annotated[int, "Number of completed epochs."]
    progress: Annotated[ProgressPayload | None, "Null unless the run is in progress."]
    is_stopping: Annotated[bool, "A user has cancelled the run and it has not stopped yet."]
    model: Annotated[str | None, "name@sha12 of the trained model."]
    gate_result: Annotated[
        Annotated[str, GateResult] | None, "Result of the evaluation against the champion."
    ]
    created_at: Timestamp
    started_at: Timestamp | None
    ended_at: Timestamp | None


class TrainingRunEventPayload(TypedDict):
    """`log` has `text`; `step` has `epoch_progress` and `loss`; `epoch` has all other fields."""

    type: Annotated[str, JsonSchema(enum=["epoch", "step", "log"])]
    cursor: int
    created_at: Timestamp
    text: NotRequired[str]
    epoch_progress: NotRequired[Annotated[float, "Completed epochs, with the current fraction."]]
    loss: NotRequired[float]
    epoch: NotRequired[int]
    accuracy: NotRequired[float]
    by_digit: NotRequired[Annotated[list[float | None], "Accuracy of the digits 0 to 9."]]
    validation: NotRequired[Annotated[dict[str, float], "Accuracy by validation set."]]
    lr: NotRequired[float]
    wall_s: NotRequired[float]


class TrainingRunDetailPayload(TrainingRunPayload):
    events: Annotated[list[TrainingRunEventPayload], "Oldest first."]


class RunHelloMessage(TypedDict):
    """The first message to a socket: the run and its events, oldest first."""

    type: Literal["hello"]
    user: SocketUser
    cursor: int
    run: TrainingRunPayload
    events: list[TrainingRunEventPayload]


class RunMessage(TypedDict):
    """The run changed."""

    type: Literal["run"]
    run: TrainingRunPayload


class TrainingRunListPayload(TypedDict):
    next: Annotated[Url | None, "The next page; null on the last one."]
    results: list[TrainingRunPayload]


def run_json(run: TrainingRun) -> TrainingRunPayload:
    """Read base, snapshot, model and by (select them too) and the newest evaluation."""
    evaluation = run.newest_evaluation
    return {
        "id": str(run.pk),
        "status": run.status,
        "error": run.error or None,
        "detail": run.detail,
        "architecture": run.architecture,
        "base": run.base.ref if run.base else None,
        "snapshot": str(run.snapshot_id) if run.snapshot_id else None,
        "rehearsal": run.rehearsal,
        "epochs": run.epochs,
        "seed": run.seed,
        "shadow": run.wants_shadow,
        "trigger": run.trigger,
        "by": run.by.username if run.by else None,
        "epoch": run.epoch,
        "progress": run.progress or None,
        "is_stopping": run.cancelled_at is not None,
        "model": run.model.ref if run.model else None,
        "gate_result": evaluation.gate_result if evaluation else None,
        "created_at": run.created_at.isoformat(),
        "started_at": _isoformat(run.started_at),
        "ended_at": _isoformat(run.ended_at),
    }


def event_json(event: RunEvent) -> TrainingRunEventPayload:
    head = {"type": event.kind, "cursor": event.pk, "created_at": event.created_at.isoformat()}
    return cast(TrainingRunEventPayload, {**head, **event.body})


def _isoformat(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

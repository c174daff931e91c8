"""Websocket messages: the shape of each, and what it is for."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from recognizer.protocol_payloads import (
    DrawingStatePayload,
    LabelValue,
    PredictionPayload,
    Strokes,
    Timestamp,
    Uuid,
)
from recognizer.training.serializers import TrainingRunEventPayload, TrainingRunPayload


class AuthMessage(TypedDict):
    """Authenticates with an API token. The reply is `hello`, or close code 4401."""

    type: Literal["auth"]
    token: str


class DrawMessage(TypedDict):
    """Stores a revision of a drawing. The reply is `queued`, then `prediction` or `failed`."""

    type: Literal["draw"]
    ref: Uuid
    revision: int
    strokes: Strokes
    pointer: NotRequired[str]


class ClaimMessage(TypedDict):
    """Sets the claim of a drawing. The reply is `label`."""

    type: Literal["claim"]
    id: Uuid
    claim: LabelValue | None
    revision: NotRequired[int]


class SideBySideRequestMessage(TypedDict):
    """Requests the predictions of all shown models. The reply is `side_by_side`."""

    type: Literal["side_by_side"]
    id: Uuid
    revision: int


class ResumeMessage(TypedDict):
    """Requests the changes after a cursor. The reply is these changes, then `resumed`."""

    type: Literal["resume"]
    since: int


class LimitsPayload(TypedDict):
    strokes: int
    points: int
    coordinate: int
    frame_bytes: int


class HelloMessage(TypedDict):
    """The first message to a socket."""

    type: Literal["hello"]
    cursor: int
    limits: LimitsPayload


class QueuedMessage(TypedDict):
    """The drawing is stored. Sent to the socket that sent it."""

    type: Literal["queued"]
    ref: Uuid
    revision: int
    id: Uuid


class DrawingEvent(DrawingStatePayload):
    """A new drawing or revision, without its ink."""

    type: Literal["drawing"]
    cursor: int


class DrawingChange(TypedDict):
    id: Uuid
    ref: Uuid
    revision: int
    cursor: int


class PredictionEvent(DrawingChange, PredictionPayload):
    """The prediction of the newest revision."""

    type: Literal["prediction"]


class FailedEvent(DrawingChange):
    """The newest revision cannot be recognized."""

    type: Literal["failed"]
    code: str
    detail: str


class LabelEvent(DrawingChange):
    """The claim or the ground truth changed."""

    type: Literal["label"]
    claim: LabelValue | None
    ground_truth: LabelValue | None


class DeletedEvent(DrawingChange):
    """The drawing was deleted."""

    type: Literal["deleted"]


class RestoredEvent(DrawingChange):
    """The drawing was restored."""

    type: Literal["restored"]


class SideBySideMessage(TypedDict):
    """The predictions of all shown models, or null and a code."""

    type: Literal["side_by_side"]
    id: Uuid
    revision: int
    predictions: list[dict[str, Any]] | None
    code: NotRequired[str]
    detail: NotRequired[str]


class ResumedMessage(TypedDict):
    """All changes up to `cursor` were sent, unless `complete` is false."""

    type: Literal["resumed"]
    cursor: int
    complete: bool


class ErrorMessage(TypedDict):
    """A message was refused. Sent to the socket that sent it."""

    type: Literal["error"]
    code: str
    detail: str
    ref: NotRequired[Uuid]
    revision: NotRequired[int]
    id: NotRequired[Uuid]
    retry_after_s: NotRequired[float]


class TrainingHelloMessage(TypedDict):
    """The first message: the run and all its events, oldest first."""

    type: Literal["hello"]
    cursor: int
    run: TrainingRunPayload
    events: list[TrainingRunEventPayload]


class RunMessage(TypedDict):
    """The run changed."""

    type: Literal["run"]
    run: TrainingRunPayload


class EpochEvent(TypedDict):
    """An epoch is complete."""

    type: Literal["epoch"]
    cursor: int
    created_at: Timestamp
    epoch: int
    loss: float
    accuracy: float
    by_digit: Annotated[list[float | None], "Accuracy of the digits 0 to 9."]
    validation: Annotated[dict[str, float], "Accuracy by validation set."]
    lr: float
    wall_s: float


class StepEvent(TypedDict):
    """A point of the training curve."""

    type: Literal["step"]
    cursor: int
    created_at: Timestamp
    epoch_progress: float
    loss: float


class LogEvent(TypedDict):
    """A line of the log."""

    type: Literal["log"]
    cursor: int
    created_at: Timestamp
    text: str


CLIENT_MESSAGES = (AuthMessage, DrawMessage, ClaimMessage, SideBySideRequestMessage, ResumeMessage)
SERVER_MESSAGES = (
    HelloMessage,
    QueuedMessage,
    DrawingEvent,
    PredictionEvent,
    FailedEvent,
    LabelEvent,
    DeletedEvent,
    RestoredEvent,
    SideBySideMessage,
    ResumedMessage,
    ErrorMessage,
)
TRAINING_MESSAGES = (
    TrainingHelloMessage,
    RunMessage,
    EpochEvent,
    StepEvent,
    LogEvent,
    ResumedMessage,
    ErrorMessage,
)

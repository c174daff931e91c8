"""Websocket messages of the server: the shape of each."""

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, TypedDict

from recognizer.protocol.drawing_json_payloads import (
    DrawingStatePayload,
    LabelValue,
    Payload,
    PredictionPayload,
    Uuid,
)

if TYPE_CHECKING:
    pass

CLIENT_MESSAGE_TYPES = ("auth", "draw", "claim", "side_by_side", "resume")
EVENT_TYPES = ("drawing", "prediction", "failed", "label", "deleted", "restored")
SERVER_MESSAGE_TYPES = (
    "hello",
    "champion",
    "queued",
    *EVENT_TYPES,
    "side_by_side",
    "resumed",
    "error",
)


class LimitsPayload(TypedDict):
    """Limits of a drawing and of a message."""

    strokes: int
    points: int
    coordinate: Annotated[float, "Largest absolute value of x and y."]
    frame_bytes: int


class SocketUser(TypedDict):
    """The user of a socket."""

    id: int
    username: str


class BrowserBundlePayload(TypedDict):
    """A model in a form that browsers can run."""

    url: str
    sha256: str


class ChampionPayload(TypedDict):
    """The champion, and its browser bundle if it has one."""

    model: Annotated[str, "name@sha12"]
    browser: BrowserBundlePayload | None


class HelloMessage(TypedDict):
    """The first message to a socket. `user` has `id` and `username`; `epoch` is for `resume`."""

    type: Literal["hello"]
    user: SocketUser
    cursor: int
    epoch: str
    limits: LimitsPayload
    champion: ChampionPayload | None


class ChampionMessage(TypedDict):
    """Another model was promoted. Sent to all sockets."""

    type: Literal["champion"]
    champion: ChampionPayload | None


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


class DrawingReference(TypedDict):
    """The drawing of an event, and the cursor of the event."""

    id: Uuid
    ref: Uuid
    revision: int
    cursor: int


class PredictionEvent(DrawingReference, PredictionPayload):
    """The prediction of the newest revision."""

    type: Literal["prediction"]


class FailurePayload(TypedDict):
    """Why a drawing has no prediction."""

    code: str
    detail: str


class FailedEvent(DrawingReference, FailurePayload):
    """The newest revision cannot be recognized."""

    type: Literal["failed"]


class LabelEvent(DrawingReference):
    """The claim or the ground truth changed."""

    type: Literal["label"]
    claim: LabelValue | None
    ground_truth: LabelValue | None


class DeletedEvent(DrawingReference):
    """The drawing was deleted."""

    type: Literal["deleted"]


class RestoredEvent(DrawingReference):
    """The drawing was restored."""

    type: Literal["restored"]


StateEvent = DrawingEvent | PredictionEvent | FailedEvent | DeletedEvent


class ModelFailurePayload(FailurePayload):
    """A model without a prediction."""

    model: str


class SideBySideMessage(TypedDict):
    """The predictions of all shown models, or null and a code."""

    type: Literal["side_by_side"]
    id: Uuid
    revision: int
    predictions: Annotated[
        list[Payload] | None, "A prediction and `rejects` of each model, or its failure."
    ]
    code: NotRequired[str]
    detail: NotRequired[str]


class ResumedMessage(TypedDict):
    """All changes up to `cursor` were sent, unless `complete` is false."""

    type: Literal["resumed"]
    cursor: int
    epoch: NotRequired[str]
    complete: bool


class ErrorMessage(TypedDict):
    """A message was refused. Sent to the socket that sent it."""

    type: Literal["error"]
    code: str
    detail: str
    ref: NotRequired[str]
    revision: NotRequired[int]
    id: NotRequired[str]
    retry_after_s: NotRequired[float]

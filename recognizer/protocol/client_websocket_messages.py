"""Websocket messages of clients, and the lists of all messages of `/ws/recognize/`."""

from typing import Literal, NotRequired, TypedDict

from recognizer.protocol.drawing_json_payloads import LabelValue, Strokes, Uuid
from recognizer.protocol.server_websocket_messages import (
    ChampionMessage,
    DeletedEvent,
    DrawingEvent,
    ErrorMessage,
    FailedEvent,
    HelloMessage,
    LabelEvent,
    PredictionEvent,
    QueuedMessage,
    RestoredEvent,
    ResumedMessage,
    SideBySideMessage,
)


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
    age_ms: NotRequired[int]


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
    """Requests the changes after a cursor of an epoch. The reply ends with `resumed`."""

    type: Literal["resume"]
    since: int
    epoch: NotRequired[str]


CLIENT_MESSAGES = (AuthMessage, DrawMessage, ClaimMessage, SideBySideRequestMessage, ResumeMessage)
SERVER_MESSAGES = (
    HelloMessage,
    ChampionMessage,
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

"""A submitted drawing and its outcome."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from recognizer.base_errors import CodedError
from recognizer.protocol import ERRORS


class CannotAccept(CodedError):
    """A submitted drawing was not stored; `code` is one of protocol.ERRORS."""

    status = 409
    messages = ERRORS
    statuses: ClassVar[Mapping[str, int]] = {"unavailable": 503}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The drawing is stored at this revision, or at a newer one of the same batch."""

    id: UUID
    ref: UUID
    revision: int
    status: str
    created: bool


Outcome = Accepted | CannotAccept

Key = tuple[int, str]
"""The owner id and the hexadecimal ref: hashing a UUID takes ten times as long."""


@dataclass(slots=True, eq=False)
class Submission:
    """`on_outcome` is called once: in `loop` if it is set, else by the writer thread.

    `prompt` is the digit of a prompt of a challenge. It is stored as a claim with the drawing.
    `age_s` is the time from the drawing to its submission.
    """

    owner_id: int
    ref: UUID
    revision: int
    ink: str
    picture: str
    pointer: str
    on_outcome: Callable[[Outcome], None]
    loop: AbstractEventLoop | None = None
    prompt: int | None = None
    age_s: float = 0
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.owner_id, self.ref.hex

    def has_same_ink(self, other: Submission) -> bool:
        return self.ink == other.ink and self.picture == other.picture

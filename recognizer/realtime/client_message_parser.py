"""Parsing and validation of the messages of clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard
from uuid import UUID

import orjson
from django.conf import settings

from recognizer.base_errors import CodedError
from recognizer.drawings.ink_scanner import decode_message
from recognizer.drawings.ink_validation import Ink, parse_ink
from recognizer.protocol import (
    ERRORS,
    JSON,
    POINTER_TYPES,
    LimitsPayload,
    SideBySideRequest,
    parse_label,
)

MAX_REVISION = 2**31 - 1
MAX_CURSOR = 2**63 - 1
MAX_AGE_MS = 2**53 - 1


class CannotReadMessage(CodedError):
    """An invalid message; `code` is one of protocol.ERRORS."""

    messages = ERRORS


@dataclass(frozen=True, slots=True)
class DrawMessage:
    ref: UUID
    revision: int
    ink: Ink
    pointer: str
    age_s: float


@dataclass(frozen=True, slots=True)
class ClaimMessage:
    id: UUID
    value: int | None
    revision: int | None


def parse_message(text: str | None) -> JSON:
    """Return the object of a frame, whose `type` is a string. Raises CannotReadMessage.

    `strokes` may be a valid Ink already. `text` is None for a binary frame.
    """
    if text is None:
        raise CannotReadMessage("binary")
    if _is_too_large(text):
        limit = settings.WS_MAX_MESSAGE_BYTES // 1024
        raise CannotReadMessage("too_large", f"A message may have at most {limit} KiB.")
    try:
        message = decode_message(text.encode("utf-8", "surrogatepass"))
    except orjson.JSONDecodeError:
        raise CannotReadMessage("bad_json") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise CannotReadMessage("bad_message", "A message is an object with a type.")
    return message


def limits_json() -> LimitsPayload:
    """Return the limits that `hello` announces."""
    return {
        "strokes": settings.INK_MAX_STROKES,
        "points": settings.INK_MAX_POINTS,
        "coordinate": settings.INK_MAX_COORDINATE,
        "frame_bytes": settings.WS_MAX_MESSAGE_BYTES,
    }


def extract_reference(message: JSON) -> JSON:
    """Return `ref`, `revision` and `id` of a message, for its error; None where invalid."""
    types = {"ref": str, "revision": int, "id": str}
    return {
        name: message[name] if type(message.get(name)) is known else None
        for name, known in types.items()
    }


def parse_draw(message: JSON) -> DrawMessage:
    try:
        pointer = message.get("pointer") or ""
        if pointer and pointer not in POINTER_TYPES:
            raise ValueError(f"pointer is one of {', '.join(POINTER_TYPES)}.")
        revision = _parse_revision(message)
        ref, strokes = _parse_uuid(message, "ref"), message.get("strokes")
        ink = strokes if isinstance(strokes, Ink) else parse_ink(strokes)
        return DrawMessage(ref, revision, ink, pointer, _parse_age_s(message))
    except ValueError as error:
        raise CannotReadMessage("bad_message", str(error)) from error


def parse_claim(message: JSON) -> ClaimMessage:
    try:
        if "claim" not in message:
            raise ValueError("claim is missing.")
        revision = None if message.get("revision") is None else _parse_revision(message)
        return ClaimMessage(_parse_uuid(message, "id"), parse_label(message["claim"]), revision)
    except ValueError as error:
        raise CannotReadMessage("bad_message", str(error)) from error


def parse_side_by_side(message: JSON, user_id: int) -> SideBySideRequest:
    """The worker checks the owner and the revision of the drawing."""
    try:
        revision = _parse_revision(message)
        return SideBySideRequest(user_id, str(_parse_uuid(message, "id")), revision)
    except ValueError as error:
        raise CannotReadMessage("bad_message", str(error)) from error


def parse_since(message: JSON) -> int:
    since = message.get("since")
    if not _is_integer(since, MAX_CURSOR):
        raise CannotReadMessage("bad_message", "since is a cursor that the server sent.")
    return since


def parse_epoch(message: JSON) -> str:
    """Return the epoch of `since`; empty if the client names none."""
    epoch = message.get("epoch", "")
    if not isinstance(epoch, str):
        raise CannotReadMessage("bad_message", "epoch is the one that the server sent.")
    return epoch


def parse_token(message: JSON) -> str:
    token = message.get("token")
    if not isinstance(token, str):
        raise CannotReadMessage("bad_message", "token is a string.")
    return token


def _is_too_large(text: str) -> bool:
    limit = settings.WS_MAX_MESSAGE_BYTES
    return len(text) > limit or (len(text) > limit // 4 and len(text.encode()) > limit)


def _parse_uuid(message: JSON, name: str) -> UUID:
    try:
        return UUID(message.get(name))
    except (AttributeError, TypeError, ValueError):
        raise ValueError(f"{name} is a UUID.") from None


def _parse_revision(message: JSON) -> int:
    revision = message.get("revision")
    if not _is_integer(revision, MAX_REVISION):
        raise ValueError(f"revision is a whole number from 0 to {MAX_REVISION}.")
    return revision


def _parse_age_s(message: JSON) -> float:
    """Return the age of a drawing; a greater one than the site accepts is shortened."""
    age_ms = message.get("age_ms", 0)
    if not _is_integer(age_ms, MAX_AGE_MS):
        raise ValueError(f"age_ms is a whole number from 0 to {MAX_AGE_MS}.")
    return min(age_ms / 1000, settings.DRAWING_MAX_AGE_S)


def _is_integer(value: object, maximum: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= maximum

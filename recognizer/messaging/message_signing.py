"""Signatures of what processes send each other through Redis.

A client that reaches Redis, but does not know SECRET_KEY, can neither change a page nor start work.
"""

from __future__ import annotations

import orjson
from django.core.signing import BadSignature, Signer
from kombu.serialization import register

SIGNED_JSON = "signed_json"
"""The Celery serializer: the arguments of a task as signed JSON."""


class InvalidSignature(Exception):
    """A text was not signed with the SECRET_KEY of this process."""


def sign_text(text: str, *, purpose: str) -> str:
    return _signer(purpose).sign(text)


def read_signed_text(signed: str, *, purpose: str) -> str:
    """Return the text that was signed for this purpose. Raises InvalidSignature."""
    try:
        return _signer(purpose).unsign(signed)
    except BadSignature:
        raise InvalidSignature(
            "It was not signed by this site: do all processes have the same SECRET_KEY?"
        ) from None


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"digitsite.messaging.{purpose}")


def _dump_arguments(arguments: object) -> str:
    return sign_text(orjson.dumps(arguments).decode(), purpose="task")


def _load_arguments(signed: str | bytes) -> object:
    text = signed if isinstance(signed, str) else signed.decode()
    return orjson.loads(read_signed_text(text, purpose="task"))


register(
    SIGNED_JSON,
    _dump_arguments,
    _load_arguments,
    content_type="application/x-digitsite-signed-json",
    content_encoding="utf-8",
)

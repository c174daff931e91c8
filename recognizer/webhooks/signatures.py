"""Signatures of webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

SECRET_PREFIX = "whsec_"  # noqa: S105 - the start of every secret
SECRET_BYTES = 32


def make_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_message(
    body: bytes, *, message_id: str, timestamp: int, secrets: Iterable[str]
) -> dict[str, str]:
    """Return the headers of a request, with one signature for each secret."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    signatures = [f"v1,{_sign(signed, secret)}" for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _sign(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()

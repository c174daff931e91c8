"""Encryption of secrets that the database stores, with a key derived from SECRET_KEY."""

import base64
import hashlib
import hmac
import logging

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

log = logging.getLogger(__name__)

_PURPOSE = b"recognizer.second_factors"


def encrypt_text(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode()


def decrypt_text(encrypted: str) -> str | None:
    """Return the text, or None if it was encrypted with another SECRET_KEY."""
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        log.error("A stored secret does not fit SECRET_KEY or SECRET_KEY_FALLBACKS")
        return None


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_derive_key(str(secret)) for secret in secrets])


def _derive_key(secret: str) -> Fernet:
    digest = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(digest))

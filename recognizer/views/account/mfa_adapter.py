"""Texts, names and stored secrets of two-factor sign-in."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings

from recognizer.accounts.secret_encryption import decrypt_text, encrypt_text
from recognizer.models import User


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": "Verify your email address first, or remove it.",
        "add_email_blocked": (
            "You cannot add an email address while two-factor sign-in is on. Turn it off first."
        ),
        "incorrect_code": "Incorrect or used code. Each code works once: enter the next one.",
    }

    def encrypt(self, text: str) -> str:
        return encrypt_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret, or a random one that accepts no code if it cannot be decrypted."""
        return decrypt_text(encrypted_text) or generate_totp_secret()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Return the default name of a new passkey."""
        known = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {known + 1}" if known else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Return the site's name, which the device shows when it requests a passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.SITE_NAME}

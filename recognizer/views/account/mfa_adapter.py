"""Texts and names of two-factor sign-in."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from recognizer.models import User


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": "Verify your email address first, or remove it.",
        "add_email_blocked": (
            "You cannot add an email address while two-factor sign-in is on. Turn it off first."
        ),
        "incorrect_code": "Incorrect code. Enter the code that the app shows now.",
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Return the default name of a new passkey."""
        known = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {known + 1}" if known else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Return the site's name, which the device shows when it requests a passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.SITE_NAME}

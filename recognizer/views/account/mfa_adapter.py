"""The second step of logging in, in this site's words: names of passkeys, reasons of refusals."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from recognizer.models import User


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": "First confirm your e-mail address, or remove it.",
        "add_email_blocked": (
            "No e-mail address can be added while logging in takes a second step. "
            "Switch that off first."
        ),
        "incorrect_code": "This code is not right. Perhaps a new one is shown by now?",
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """What a new passkey is called until its owner says otherwise."""
        known = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {known + 1}" if known else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """What the device shows when it asks for the passkey of this site."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.SITE_NAME}

"""Signing up: whether it is open, and the question whether one's drawings may teach."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from recognizer.models import User

CONSENT_LABEL = "My drawings may teach the network"
CONSENT_HELP_TEXT = (
    "Drawings you make, and what you say they are, may become examples that the next network "
    "learns from, without your name. Without your yes they are only read and kept for you. "
    "You can change your mind at any time: from then on no network learns from them, and training "
    "sets made before leave them out. What a network has learnt already, it keeps."
)


REAUTHENTICATION_METHODS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Signing up can be switched off (`SIGNUP_OPEN`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        methods = super().get_reauthentication_methods(user)
        return [{**way, "description": REAUTHENTICATION_METHODS[way["id"]]} for way in methods]


class TeachingConsentForm(forms.Form):
    """The question added to the sign-up form; allauth calls `signup` with the new user."""

    may_teach = forms.BooleanField(required=False, label=CONSENT_LABEL, help_text=CONSENT_HELP_TEXT)

    def signup(self, request: HttpRequest, user: User) -> None:
        user.may_teach = self.cleaned_data["may_teach"]
        user.may_teach_decided_at = timezone.now()
        user.save(update_fields=["may_teach", "may_teach_decided_at"])

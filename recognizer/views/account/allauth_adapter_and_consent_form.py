"""allauth adapter and the consent field of the sign-up form."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from recognizer.models import User

CONSENT_LABEL = "Use my drawings to train models"
CONSENT_HELP_TEXT = (
    "Your drawings and labels may be added to training sets, without your name, after a review. "
    "If you decline, they are recognized and stored for you only. You can change this at any "
    "time. Later training then leaves your drawings out; models that are already trained are not "
    "changed."
)
REAUTHENTICATION_METHODS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up that the setting SIGNUP_OPEN can close."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        methods = super().get_reauthentication_methods(user)
        return [
            {**method, "description": REAUTHENTICATION_METHODS[method["id"]]} for method in methods
        ]


class TeachingConsentForm(forms.Form):
    """Fields added to the sign-up form. allauth calls `signup` with the new user."""

    may_teach = forms.BooleanField(required=False, label=CONSENT_LABEL, help_text=CONSENT_HELP_TEXT)

    def signup(self, request: HttpRequest, user: User) -> None:
        user.may_teach = self.cleaned_data["may_teach"]
        user.may_teach_decided_at = timezone.now()
        user.save(update_fields=["may_teach", "may_teach_decided_at"])

"""allauth adapter and the consent field of the sign-up form."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from recognizer.accounts.known_devices import remember_device
from recognizer.accounts.sign_in_limits import check_password, count_sign_in
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
    """Sign-up that the setting SIGNUP_OPEN can close, and the limits on passwords."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user who may sign in, or None. Raises TooManyAttempts."""
        attempt = count_sign_in(request, credentials)
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            attempt.refund()
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Replace allauth's limit, which counts by host name and locks the account."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether this is the password of a signed-in user. Raises TooManyAttempts."""
        is_correct = check_password(user, password)
        if is_correct:
            # An old hash has been replaced. The session remains valid.
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return is_correct

    def post_login(self, request: HttpRequest, user: User, **hook_kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **hook_kwargs)
        remember_device(request, response, user.pk)
        return response

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

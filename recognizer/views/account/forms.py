"""Forms of the account pages: allauth's forms with other labels, tokens, deletion.

The consent form is in allauth_adapter_and_consent_form.py, because allauth's form module
imports it.
"""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.app_settings import EMAIL_MAX_LENGTH
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from recognizer.accounts.sign_in.sign_in_limits import check_password, count_sign_up
from recognizer.accounts.sign_in.totp_codes import use_code
from recognizer.base_errors import DomainError
from recognizer.mail.outbox import request_password_reset
from recognizer.models import User

TOKEN_LIFETIMES_DAYS = {
    "7": "7 days",
    "30": "30 days",
    "90": "90 days",
    "365": "1 year",
    "": "Never",
}


def require_email_enabled() -> None:
    """Raises ValidationError if this site cannot send e-mails."""
    if not settings.EMAIL_ENABLED:
        raise forms.ValidationError("This site cannot send e-mails.", code="email_disabled")


class CannotSignUp(DomainError):
    """Another sign-up took the name between the check and the storing."""

    code = "username_taken"
    status = 409


class NewPasswordMixin(forms.Form):
    """Labels of a form that sets a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = (
            "At least 8 characters. Must not be similar to your username, only numbers, "
            "or a commonly used password."
        )
        if "password2" in self.fields:
            self.fields["password2"].label = "Confirm password"


class LoginForm(account_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="Username or email",
            # Unicode normalization of a text without a limit takes minutes.
            max_length=EMAIL_MAX_LENGTH,
            widget=self.fields["login"].widget,
        )
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = "Stay signed in on this device"

    @property
    def signup_open(self) -> bool:
        return bool(settings.SIGNUP_OPEN)


class SignupForm(NewPasswordMixin, account_forms.SignupForm):  # type: ignore[misc]  # as above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Username"
        self.fields["username"].help_text = "Letters and digits, and . _ - +, without blanks."
        # After an error in another field, the password does not have to be typed again.
        self.fields["password1"].widget.render_value = True
        is_required = self.fields["email"].required
        self.fields["email"].label = "Email" if is_required else "Email (optional)"
        self.fields["email"].help_text = (
            "Used only to sign in and to reset a forgotten password. Confirm it first: we send you "
            "a link."
        )
        self.order_fields(["username", "email", "password1", "may_teach"])
        if not settings.EMAIL_ENABLED:
            del self.fields["email"]

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Create the account. Raises TooManyAttempts, PasswordHashingBusy and CannotSignUp.

        The password is hashed before the transaction: hashing takes long, and may have to wait
        while the transaction blocks other writers.
        """
        count_sign_up(request)
        self.password_hash = make_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                result: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError as error:  # another sign-up was faster
            raise CannotSignUp("This username was taken a moment ago. Choose another.") from error
        return result


class ChangePasswordForm(NewPasswordMixin, account_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Current password"
        self.fields["password1"].label = "New password"

    def clean_oldpassword(self) -> str:
        """Raises TooManyAttempts."""
        password: str = self.cleaned_data["oldpassword"]
        if not check_password(self.user, password):
            raise forms.ValidationError("This is not your current password.", code="incorrect")
        return password

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        if password == self.cleaned_data.get("oldpassword"):
            raise forms.ValidationError("Choose a password other than the current one.")
        return password


class AddEmailForm(account_forms.AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email"

    def clean(self) -> dict[str, Any]:
        require_email_enabled()
        data: dict[str, Any] = super().clean()
        return data


class RequestPasswordResetForm(account_forms.ResetPasswordForm):  # type: ignore[misc]  # as above
    """The account is looked up at delivery, so that every address takes the same time here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email"

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email

    def clean(self) -> dict[str, Any]:
        require_email_enabled()
        data: dict[str, Any] = super().clean()
        return data

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        request_password_reset(email)
        return email


class ResetPasswordForm(NewPasswordMixin, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, set with the link of a reset email."""


class SingleUseCodeMixin(forms.Form):
    """A code of the authenticator app is accepted once."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # the form of allauth has it
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]  # as above
        is_totp = authenticator.type == Authenticator.Type.TOTP
        if is_totp and not use_code(authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(SingleUseCodeMixin, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    """The second factor at sign-in."""


class ReauthenticateForm(SingleUseCodeMixin, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    """The second factor before a sensitive action."""


class ActivateTotpForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "6-digit code"
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        passwordless = self.fields["passwordless"]
        passwordless.label = "Allow passwordless sign-in"
        passwordless.initial = True
        passwordless.help_text = "Otherwise the passkey is a second factor after the password."


class TokenForm(forms.Form):
    """Name and lifetime of a new API token."""

    name = forms.CharField(
        label="Token name",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    expires_in_days = forms.ChoiceField(
        label="Expiration",
        choices=list(TOKEN_LIFETIMES_DAYS.items()),
        initial="90",
        required=False,
    )

    @property
    def days(self) -> int | None:
        """None for a token that never expires."""
        days = self.cleaned_data["expires_in_days"]
        return int(days) if days else None


class DeleteAccountForm(forms.Form):
    """Confirmation by typing the username."""

    name = forms.CharField(
        label="Enter your username to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self._user.get_username():
            raise forms.ValidationError("Enter your own username.", code="wrong_username")
        return name

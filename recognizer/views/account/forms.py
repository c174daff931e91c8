"""Forms of the account pages: allauth's in this site's words, and our own.

Apart from accounts.py because allauth's forms import that module.
"""

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings

from recognizer.models import User

PASSWORD_RULE = "At least 8 characters; not your name, not only figures, not one everybody uses."  # noqa: S105 - a sentence
TOKEN_LIFETIMES_DAYS = {
    "7": "a week",
    "30": "a month",
    "90": "three months",
    "365": "a year",
    "": "for ever",
}


class NewPasswordMixin(forms.Form):
    """What all forms that set a password share."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_RULE
        self.fields["password2"].label = "The same again"


class LoginForm(account_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Name or e-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = "Keep me logged in on this device"

    @property
    def signup_open(self) -> bool:
        return bool(settings.SIGNUP_OPEN)


class SignupForm(NewPasswordMixin, account_forms.SignupForm):  # type: ignore[misc]  # as above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["email"].label = "E-mail, if you like"
        self.fields["email"].help_text = "Only used when you forget your password."
        self.order_fields(["username", "email", "password1", "password2", "may_teach"])


class ChangePasswordForm(NewPasswordMixin, account_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Your password until now"
        self.fields["password1"].label = "The new one"


class AddEmailForm(account_forms.AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"


class RequestPasswordResetForm(account_forms.ResetPasswordForm):  # type: ignore[misc]  # as above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"


class ResetPasswordForm(NewPasswordMixin, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Choosing a new password with the link from the mail."""


class ActivateTotpForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Six figures"
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "What to call it"
        alone = self.fields["passwordless"]
        alone.label = "Log in with it alone"
        alone.initial = True
        alone.help_text = (
            "No name and no password to type. Otherwise it is a second step after the password."
        )


class TokenForm(forms.Form):
    """A new API token: what it is for and how long it works."""

    name = forms.CharField(
        label="What is it for?",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lasts = forms.ChoiceField(
        label="It works", choices=list(TOKEN_LIFETIMES_DAYS.items()), initial="90", required=False
    )

    @property
    def days(self) -> int | None:
        return int(self.cleaned_data["lasts"]) if self.cleaned_data["lasts"] else None


class DeleteAccountForm(forms.Form):
    """The name, typed by hand: nobody deletes everything by a slip."""

    name = forms.CharField(
        label="Type your name to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self._user.get_username():
            raise forms.ValidationError("This is not your name.")
        return name

"""The e-mail with the link that sets a new password."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from recognizer.accounts.email_addresses import find_confirmed_holder
from recognizer.mail.links import site_link
from recognizer.models import User


def render_reset_message(address: str) -> EmailMessage:
    """Return the message for a requested reset.

    An address that no active account has confirmed receives a message that states this, so that a
    user with several addresses knows which one to try.
    """
    user = find_confirmed_holder(address)
    if user is None or not user.is_active:
        context: dict[str, Any] = {
            "email": address,
            "signup_url": site_link(reverse("account_signup")) if settings.SIGNUP_OPEN else "",
        }
        return _render("account/email/unknown_account", address, context)
    key = f"{user_pk_to_url_str(user)}-{_make_token(user)}"
    context = {
        "user": user,
        "username": user.username,
        "password_reset_url": get_adapter().get_reset_password_from_key_url(key),
    }
    return _render("account/email/password_reset_key", address, context)


def _make_token(user: User) -> str:
    token: str = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return token


def _render(template_prefix: str, address: str, context: dict[str, Any]) -> EmailMessage:
    message: EmailMessage = get_adapter().render_mail(template_prefix, address, context)
    return message

"""Sign-in with OpenID Connect: allauth's adapter, the view that begins it, and the roles."""

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect.views import login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from recognizer.accounts.account_lookup import find_free_username
from recognizer.accounts.email_addresses import find_confirmed_holder
from recognizer.accounts.sign_in.group_roles import apply_groups
from recognizer.models import User


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts of the provider. It decides who may sign in, also while sign-up is closed."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def new_user(self, request: HttpRequest, sociallogin: SocialLogin) -> User:
        """Return a new row. The drawings of a guest are moved to it after the sign-in."""
        return User()

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """Give a new account a free username: allauth forgets a name that is taken."""
        user: User = super().populate_user(request, sociallogin, data)
        user.username = find_free_username(user.username or user.email.partition("@")[0])
        return user

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Return the account that has confirmed an address which the provider has verified, too."""
        for address in sociallogin.email_addresses:
            holder = find_confirmed_holder(address.email) if address.verified else None
            if holder is not None:
                return holder, address.email
        return None


def begin_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the provider, whose addresses are read from it first."""
    try:
        response: HttpResponse = login(request, provider_id)
    except (RequestException, LookupError, ValueError):  # unreachable, or another server
        template = "socialaccount/authentication_error.html"
        return render(request, template, {"is_unavailable": True}, status=503)
    return response


@receiver(user_logged_in, dispatch_uid="single_sign_on")
def apply_groups_of_provider(user: User, sociallogin: Any = None, **_: Any) -> None:
    if sociallogin is not None:
        data = sociallogin.account.extra_data
        apply_groups(user=user, claims=[data.get("userinfo") or {}, data.get("id_token") or {}])

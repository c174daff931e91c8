"""Sites where users sign in with OpenID Connect only (LOCAL_SIGN_IN=false)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse

PASSWORD_ROUTES = frozenset(
    {
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_change_password",
        "account_set_password",
        "mfa_login_webauthn",
        "mfa_signup_webauthn",
    }
)


class LocalSignInMiddleware:
    """Hide the pages of passwords and passkeys of this site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.LOCAL_SIGN_IN:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        route = request.resolver_match.url_name if request.resolver_match else ""
        is_sign_in = route == "account_login" and request.method == "POST"
        if route in PASSWORD_ROUTES or is_sign_in:
            raise Http404("Users of this site sign in with OpenID Connect.")

"""Response headers of a sign-out: the browser drops the pages that it has kept."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse


class SignOutHeadersMiddleware:
    """`Clear-Site-Data` empties the caches, including the pages of the Back button.

    Storage is kept: it has the theme, and ink that is not sent yet. The page handles the ink.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if getattr(request, "has_signed_out", False):
            response["Clear-Site-Data"] = '"cache"'
            response["Cache-Control"] = "no-store, private"
        return response


@receiver(user_logged_out, dispatch_uid="sign_out_headers")
def mark_sign_out(request: HttpRequest, **_: Any) -> None:
    request.has_signed_out = True  # type: ignore[attr-defined]

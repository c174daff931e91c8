"""Middleware that treats guests as anonymous visitors outside the pages for guests."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from recognizer.models import User

GUEST_ROUTES: Final = frozenset(
    {
        "draw",
        "history",
        "history_summaries",
        "history_drawing",
        "history_label",
        "history_delete",
        "history_restore",
        "how_it_works",
        "models",
        "model",
        "model_choose_compare",
        "model_compare",
        "model_misclassified",
        "account_logout",
        "api-guests",
        "api-challenges",
        "api-challenge",
        "api-challenge-prompt",
        "api-drawings",
        "api-drawing-batch",
        "api-drawing",
        "api-drawing-restore",
        "api-drawing-raster",
        "api-drawing-claim",
        "api-drawing-explanation",
        "api-example-explanation",
    }
)
"""Routes for guests. A route that is not in this list stays closed to them."""


class GuestAccessMiddleware(MiddlewareMixin):
    """Set `request.guest`, and the user to an anonymous one unless the route is for guests.

    Sign-up and sign-in, which are not in the list, use `request.guest` to keep the drawings.
    """

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        user = request.user
        if not isinstance(user, User) or not user.is_guest:
            return
        request.guest = user  # type: ignore[attr-defined]  # find_guest reads it
        route = request.resolver_match.view_name if request.resolver_match else ""
        if not settings.GUESTS or route not in GUEST_ROUTES:
            request.user = AnonymousUser()


def find_guest(request: HttpRequest) -> User | None:
    """Return the guest of the session of a request, on every page, or None."""
    guest: User | None = getattr(request, "guest", None)
    return guest

"""Middleware that treats guests as anonymous visitors outside the pages for guests."""

import logging
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from recognizer.accounts.guests import move_drawings
from recognizer.models import User

log = logging.getLogger(__name__)

UNMOVED_GUEST_KEY: Final = "unmoved_guest"
"""Session key: the id of the guest whose drawings could not be moved at the sign-in."""

GUEST_ROUTES: Final = frozenset(
    {
        "draw",
        "challenge",
        "challenge_result",
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

    Sign-up and sign-in, which are not in the list, use `request.guest` to keep the drawings. A move
    of drawings that failed at the sign-in is tried again with the next request.
    """

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        user = request.user
        if not isinstance(user, User):
            return
        if not user.is_guest:
            _move_remembered_guest(request, user)
            return
        request.guest = user  # type: ignore[attr-defined]  # find_guest reads it
        route = request.resolver_match.view_name if request.resolver_match else ""
        if not settings.GUESTS or route not in GUEST_ROUTES:
            request.user = AnonymousUser()


def find_guest(request: HttpRequest) -> User | None:
    """Return the guest of the session of a request, on every page, or None."""
    guest: User | None = getattr(request, "guest", None)
    return guest


def move_guest(request: HttpRequest, *, guest: User, user: User) -> None:
    """Move the drawings of a guest to the user who has signed in.

    After an error, the session of the user remembers the guest for the next request.
    """
    try:
        move_drawings(guest=guest, user=user)
    except DatabaseError:
        log.exception("The drawings of guest %d were not moved to user %d", guest.pk, user.pk)
        request.session[UNMOVED_GUEST_KEY] = guest.pk
    else:
        text = "The drawings that you made as a guest are now in your account."
        messages.success(request, text, extra_tags="drawings_moved")


def _move_remembered_guest(request: HttpRequest, user: User) -> None:
    if UNMOVED_GUEST_KEY not in request.session:
        return
    guest = User.objects.filter(pk=request.session.pop(UNMOVED_GUEST_KEY), is_guest=True).first()
    if guest is not None:
        move_guest(request, guest=guest, user=user)

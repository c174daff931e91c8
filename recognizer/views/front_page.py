"""The front page: the drawing page, or a landing page for anonymous visitors without guests."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.models import User
from recognizer.registry.browser_bundles import load_champion_json
from recognizer.registry.learned_notices import take_learned_notice
from recognizer.side_by_side.shown_models import list_side_by_side_refs
from recognizer.views.label_and_number_formatting import format_count
from recognizer.views.model_display_names import load_model_names
from recognizer.views.offline_page import service_worker_url


@require_safe
@ensure_csrf_cookie
def show_front_page(request: HttpRequest) -> HttpResponse:
    """Show the page and set the CSRF cookie, which uploads need."""
    if not (request.user.is_authenticated or settings.GUESTS):
        return render(request, "draw/landing.html", {"champion": load_champion_json()})
    _add_learned_notice(request)
    context = {
        "guest_hours": settings.GUEST_HOURS,
        "side_by_side_refs": list_side_by_side_refs(),
        "model_names": load_model_names(),
        "teaching": _teaching_state(request.user),
        "champion": load_champion_json(),
        "service_worker_url": service_worker_url(),
        "picture_max_bytes": settings.PICTURE_MAX_BYTES,
        "picture_max_pixels": settings.PICTURE_MAX_PIXELS,
    }
    return render(request, "draw/draw.html", context)


def _add_learned_notice(request: HttpRequest) -> None:
    """Add the message that the new champion was trained on drawings of the user."""
    user = request.user
    if not isinstance(user, User) or user.is_guest:
        return
    notice = take_learned_notice(user)
    if notice is None:
        return
    text = format_html(
        'A <a href="{}">new model</a> is live. It was trained on {} of yours. Thank you.',
        reverse("model", args=[notice.model.ref]),
        format_count(notice.num_drawings, "drawing"),
    )
    messages.success(request, text, extra_tags="learned")


def _teaching_state(user: object) -> str:
    """Return whether corrections of the visitor train models: yes, no, guest or unasked."""
    if not isinstance(user, User) or user.is_guest:
        return "guest"
    if user.may_teach_decided_at is None and not user.may_teach:
        return "unasked"
    return "yes" if user.may_teach else "no"

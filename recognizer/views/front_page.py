"""The front page: the drawing page, or a landing page for anonymous visitors without guests."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.side_by_side.shown_models import list_side_by_side_refs
from recognizer.views.model_display_names import load_model_names


@require_safe
@ensure_csrf_cookie
def show_front_page(request: HttpRequest) -> HttpResponse:
    """Show the page and set the CSRF cookie, which uploads need."""
    if not (request.user.is_authenticated or settings.GUESTS):
        return render(request, "draw/landing.html")
    context = {
        "guest_hours": settings.GUEST_HOURS,
        "side_by_side_refs": list_side_by_side_refs(),
        "model_names": load_model_names(),
        "picture_max_bytes": settings.PICTURE_MAX_BYTES,
        "picture_max_pixels": settings.PICTURE_MAX_PIXELS,
    }
    return render(request, "draw/draw.html", context)

"""How a network reads a digit, explained on the reader's own drawing, or on one of our examples."""

import json
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.access import get_user_drawing
from recognizer.drawings.pagination import user_drawings
from recognizer.explanations import EXAMPLE_INKS
from recognizer.models import Drawing, User


@require_safe
@never_cache
@ensure_csrf_cookie
def show_how_it_works(request: HttpRequest) -> HttpResponse:
    """`?drawing=` names one of one's own; without it, the last one that was answered."""
    asked = request.GET.get("drawing", "")
    if asked and not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    drawing = _find_drawing(request.user, asked)
    state = {
        "examples": EXAMPLE_INKS,
        "drawing": _drawing_json(drawing) if drawing else None,
        "signedIn": request.user.is_authenticated,
    }
    return render(request, "how_it_works/how_it_works.html", {"state": state, "digits": range(10)})


def _find_drawing(user: object, asked: str) -> Drawing | None:
    """Raises NotFound for one that is not one's own."""
    if not isinstance(user, User):
        return None
    if asked:
        return get_user_drawing(user, asked)
    return user_drawings(user.pk).filter(prediction__isnull=False).first()


def _drawing_json(drawing: Drawing) -> dict[str, Any]:
    return {
        "id": str(drawing.pk),
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
    }

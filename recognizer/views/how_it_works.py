"""The page that explains a prediction on a drawing of the user, or on an example."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.drawings.pagination import user_drawings
from recognizer.explanations.explanation_inputs import EXAMPLE_INKS
from recognizer.models import Drawing, User
from recognizer.permission_checked_lookups import get_user_drawing
from recognizer.views.model_display_names import load_model_names


@require_safe
@never_cache
@ensure_csrf_cookie
def show_how_it_works(request: HttpRequest) -> HttpResponse:
    """Explain the drawing named by `?drawing=`, or the last recognized one, or an example."""
    drawing_id = request.GET.get("drawing", "")
    if drawing_id and not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    can_draw = request.user.is_authenticated or settings.GUESTS
    drawing = _find_drawing(request.user, drawing_id)
    state = {
        "examples": EXAMPLE_INKS,
        "drawing": _drawing_json(drawing) if drawing else None,
        "canDraw": can_draw,
    }
    context = {
        "state": state,
        "can_draw": can_draw,
        "digits": range(10),
        "model_names": load_model_names(),
    }
    return render(request, "how_it_works/how_it_works.html", context)


def _find_drawing(user: object, drawing_id: str) -> Drawing | None:
    """Return None without a recognized drawing. Raises NotFound for an unknown id."""
    if not isinstance(user, User):
        return None
    if drawing_id:
        return get_user_drawing(user, drawing_id)
    return user_drawings(user.pk).filter(prediction__isnull=False).first()


def _drawing_json(drawing: Drawing) -> dict[str, Any]:
    return {
        "id": str(drawing.pk),
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
    }

"""Which models answer side by side on the drawing page: admins choose."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from recognizer.side_by_side.shown_models import CannotShow, set_shown_models
from recognizer.views.decorators import admin_required


@require_POST
@admin_required
def select_side_by_side_models(request: HttpRequest) -> HttpResponse:
    try:
        count = set_shown_models(request.POST.getlist("model"))
        messages.success(request, _format_success(count))
    except CannotShow as error:
        messages.error(request, str(error))
    return redirect("models")


def _format_success(count: int) -> str:
    if not count:
        return "The drawing page shows one answer only."
    others = "Another model answers" if count == 1 else f"{count} other models answer"
    return f"{others} beside the first one on the drawing page."

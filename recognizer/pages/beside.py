"""Which models answer side by side on the drawing page: admins choose."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from recognizer.beside import CannotShow, choose_shown
from recognizer.pages.visitors import for_admins


@require_POST
@for_admins
def choose_side_by_side(request: HttpRequest) -> HttpResponse:
    try:
        count = choose_shown(request.POST.getlist("model"))
        messages.success(request, _say(count))
    except CannotShow as error:
        messages.error(request, str(error))
    return redirect("models")


def _say(count: int) -> str:
    if not count:
        return "The drawing page shows one answer only."
    others = "Another model answers" if count == 1 else f"{count} other models answer"
    return f"{others} beside the first one on the drawing page."

"""The review page. Its scripts fetch cards and send decisions through the HTTP interface."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.pages.cards import SPEEDS
from recognizer.pages.visitors import for_reviewers, signed_in
from recognizer.review.card import desk_json


@require_safe
@for_reviewers
@ensure_csrf_cookie
def show_review(request: HttpRequest) -> HttpResponse:
    """With what this reviewer decided last, so that it can still be undone after a reload."""
    context = {"desk": desk_json(signed_in(request)), "speeds": SPEEDS}
    return render(request, "pages/review.html", context)

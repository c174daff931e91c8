"""The review page. Its scripts use the HTTP API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.review.api_payloads import review_page_json
from recognizer.views.access_decorators import require_user, reviewer_required
from recognizer.views.drawing_summary import REPLAY_SPEEDS


@require_safe
@reviewer_required
@ensure_csrf_cookie
def show_review(request: HttpRequest) -> HttpResponse:
    """Show the queue with the user's last reviews, which can be undone after a reload."""
    context = {"desk": review_page_json(require_user(request)), "speeds": REPLAY_SPEEDS}
    return render(request, "review/queue.html", context)

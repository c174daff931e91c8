"""The history page: the user's drawings, newest first, with filters and statistics."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer.drawings.pagination import list_drawings, user_drawings
from recognizer.drawings.query_string_filters import CannotFilter, parse_filters
from recognizer.drawings.user_accuracy_stats import DigitStats, compute_user_stats
from recognizer.permission_checked_lookups import NotFound, parse_uuid
from recognizer.views.access_decorators import require_user
from recognizer.views.drawing_summary import DrawingSummary
from recognizer.views.history.filter_bar import parse_filter_bar
from recognizer.views.label_and_number_formatting import format_label

PAGE_SIZE = 48
MAX_SUMMARIES = 100


@require_safe
@login_required
@ensure_csrf_cookie
def show_history(request: HttpRequest) -> HttpResponse:
    """Show one page of drawings. The scripts need the CSRF cookie.

    `?deleted=ID` offers to restore that drawing, for browsers without JavaScript.
    """
    user = require_user(request)
    bar = parse_filter_bar(request.GET)
    context: dict[str, Any] = {"bar": bar, "deleted": _parse_deleted(request)}
    try:
        page = list_drawings(
            owner_id=user.pk,
            filters=parse_filters(bar.params, zone=timezone.get_current_timezone()),
            cursor=request.GET.get("cursor"),
            size=PAGE_SIZE,
        )
    except CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "history/list.html", context, status=400)
    context |= _load_statistics(user.pk) | {
        "summaries": [DrawingSummary(drawing) for drawing in page.drawings],
        "next_cursor": page.next_cursor,
        "searched_since": page.searched_since,
        "is_first": "cursor" not in request.GET,
    }
    return render(request, "history/list.html", context)


@require_safe
@login_required
def show_drawing_summaries(request: HttpRequest) -> HttpResponse:
    """Show the drawings named by `id` that match the filters, and the statistics.

    An open history page requests them after a change.
    """
    user = require_user(request)
    bar = parse_filter_bar(request.GET)
    try:
        ids = [parse_uuid(text) for text in request.GET.getlist("id")[:MAX_SUMMARIES]]
        filters = parse_filters(bar.params, zone=timezone.get_current_timezone())
        condition = filters.condition()
    except (NotFound, CannotFilter):
        return HttpResponse(status=400)
    drawings = user_drawings(user.pk).filter(condition, pk__in=ids)
    context = {
        "bar": bar,
        "summaries": [DrawingSummary(drawing) for drawing in drawings],
        **_load_statistics(user.pk),
    }
    return render(request, "history/drawing_summaries.html", context)


def _load_statistics(owner_id: int) -> dict[str, Any]:
    stats = compute_user_stats(owner_id)
    return {
        "stats": stats,
        "columns": [_digit_column(digit, stats.by_label[digit]) for digit in range(10)],
    }


def _digit_column(digit: int, stats: DigitStats) -> dict[str, Any]:
    """Return one column of the error chart. A height of 100 means that all are wrong."""
    height = round(100 * stats.incorrect / stats.labelled) if stats.labelled else 0
    counts = stats.predicted_as
    most_frequent = max(counts, key=lambda label: counts[label], default=None)
    return {
        "digit": digit,
        "labelled": stats.labelled,
        "incorrect": stats.incorrect,
        "height": height,
        "top": 100 - height,
        "most_predicted_as": format_label(most_frequent),
    }


def _parse_deleted(request: HttpRequest) -> str:
    try:
        return str(parse_uuid(request.GET.get("deleted")))
    except NotFound:
        return ""

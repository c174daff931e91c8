"""Many drawings to relabel at once: those that pass for a digit, or any that a search finds. Whose
they are stays untold."""

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer import protocol
from recognizer.accounts.data_export import encode_prediction_raster
from recognizer.drawings.filters import CannotFilter
from recognizer.review.bulk_relabel import MAX_BULK_LABELS
from recognizer.review.search import (
    ORDER_NEWEST,
    ORDER_WORST,
    SET_ASIDE,
    parse_search,
    search_drawings,
)
from recognizer.views.decorators import admin_required, require_user, reviewer_required
from recognizer.views.drawing_summary import DrawingSummary
from recognizer.views.history.filter_bar import CLAIM_CHOICES, PREDICTION_CHOICES, parse_filter_bar

PAGE_SIZE = 60
NOT_A_DIGIT_PARAM = "none"
LABEL_VALUES = {**{digit: digit for digit in "0123456789"}, NOT_A_DIGIT_PARAM: protocol.NOT_A_DIGIT}
"""What the address calls a digit, and what the search does."""
GROUND_TRUTH_CHOICES = [*CLAIM_CHOICES, (SET_ASIDE, "set aside")]
ORDER_CHOICES = [(ORDER_NEWEST, "newest first"), (ORDER_WORST, "worst first")]


class FoundDrawingSummary(DrawingSummary):
    """Somebody else's drawing."""

    @property
    def entry(self) -> str:
        """The drawing as it was looked at, for relabelling."""
        return f"{self.drawing.pk}/{self.drawing.revision}"

    @cached_property
    def picture(self) -> str:
        """What the network saw, as a data URL."""
        if self.drawing.prediction is None:
            return ""
        png = base64.b64encode(encode_prediction_raster(self.drawing.prediction)).decode()
        return f"data:image/png;base64,{png}"

    @property
    def words(self) -> str:
        said = f", who drew it says {self.claim}" if self.claim else ""
        counts = f", it counts as {self.ground_truth}" if self.ground_truth else ""
        return f"Read as {self.answer}{said}{counts}"


@require_safe
@reviewer_required
@never_cache
@ensure_csrf_cookie
def show_digit_grid(request: HttpRequest, digit: str) -> HttpResponse:
    """Everything that passes for a digit, worst first."""
    if digit not in LABEL_VALUES:
        raise Http404
    context = {"digit": digit, "passes_for": "no digit" if digit == NOT_A_DIGIT_PARAM else digit}
    return _render_grid(
        request, {"effective_label": LABEL_VALUES[digit], "order": ORDER_WORST}, context
    )


@require_safe
@admin_required
@never_cache
@ensure_csrf_cookie
def show_search_grid(request: HttpRequest) -> HttpResponse:
    """What the filters in the address find."""
    bar = parse_filter_bar(request.GET)
    context = {
        "bar": bar,
        "answers": PREDICTION_CHOICES,
        "labels": CLAIM_CHOICES,
        "truths": GROUND_TRUTH_CHOICES,
        "orders": ORDER_CHOICES,
    }
    return _render_grid(request, bar.given, context)


def _render_grid(
    request: HttpRequest, given: Mapping[str, str], context: dict[str, Any]
) -> HttpResponse:
    cursor = request.GET.get("cursor")
    context |= {
        "values": list(LABEL_VALUES),
        "most": MAX_BULK_LABELS,
        "is_first": not cursor,
        "here": request.path,
    }
    try:
        found = search_drawings(
            parse_search(given),
            exclude_owner_id=require_user(request).pk,
            cursor=cursor,
            size=PAGE_SIZE,
        )
    except CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "review/relabel_grid.html", context, status=400)
    context |= {
        "cards": [FoundDrawingSummary(drawing) for drawing in found.drawings],
        "next_cursor": found.next_cursor,
    }
    return render(request, "review/relabel_grid.html", context)

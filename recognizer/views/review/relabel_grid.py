"""Grids of drawings to relabel in bulk: those with one label, or the results of a search.

The author of a drawing is not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from recognizer import protocol
from recognizer.drawings.query_string_filters import CannotFilter
from recognizer.review.bulk_relabel import MAX_BULK_LABELS
from recognizer.review.search import (
    ORDER_NEWEST,
    ORDER_WORST,
    SET_ASIDE,
    parse_search,
    search_drawings,
)
from recognizer.views.access_decorators import admin_required, require_user, reviewer_required
from recognizer.views.drawing_summary import DrawingSummary, prediction_raster_url
from recognizer.views.history.filter_bar import CLAIM_CHOICES, PREDICTION_CHOICES, parse_filter_bar
from recognizer.views.label_and_number_formatting import format_confidence, format_label

PAGE_SIZE = 60
NOT_A_DIGIT_PARAM = "none"
LABEL_VALUES = {**{digit: digit for digit in "0123456789"}, NOT_A_DIGIT_PARAM: protocol.NOT_A_DIGIT}
"""URL segment -> value of the search filter."""
GROUND_TRUTH_CHOICES = [*CLAIM_CHOICES, (SET_ASIDE, "excluded")]
ORDER_CHOICES = [(ORDER_NEWEST, "Newest first"), (ORDER_WORST, "Least likely first")]


@dataclass(frozen=True)
class FoundDrawingSummary(DrawingSummary):
    """A drawing of another user. `label` is the label whose probability the page shows; None shows
    the confidence of the prediction."""

    label: int | None = None

    @property
    def probability(self) -> str:
        """The probability of the label, `4: 2 %`, according to the champion."""
        if self.label is not None:
            return f"{format_label(self.label)}: {format_confidence(vars(self.drawing)['rank'])}"
        return (
            format_confidence(self.drawing.prediction.confidence) if self.drawing.prediction else ""
        )

    @property
    def entry(self) -> str:
        """ID and revision, which a bulk relabel names."""
        return f"{self.drawing.pk}/{self.drawing.revision}"

    @cached_property
    def raster_url(self) -> str:
        prediction = self.drawing.prediction
        return prediction_raster_url(prediction) if prediction else ""

    @property
    def description(self) -> str:
        claim = f", claim {self.claim}" if self.claim else ""
        ground_truth = f", ground truth {self.ground_truth}" if self.ground_truth else ""
        probability = f", probability of {self.probability}" if self.label is not None else ""
        return f"Predicted {self.prediction_text}{probability}{claim}{ground_truth}"


@require_safe
@reviewer_required
@never_cache
@ensure_csrf_cookie
def show_digit_grid(request: HttpRequest, digit: str) -> HttpResponse:
    """Show the drawings with one effective label, least likely first."""
    if digit not in LABEL_VALUES:
        raise Http404
    context = {"digit": digit, "label_text": "not a digit" if digit == NOT_A_DIGIT_PARAM else digit}
    context["label_value"] = LABEL_VALUES[digit]
    return _render_grid(
        request, {"effective_label": LABEL_VALUES[digit], "order": ORDER_WORST}, context
    )


@require_safe
@admin_required
@never_cache
@ensure_csrf_cookie
def show_search_grid(request: HttpRequest) -> HttpResponse:
    """Show the results of the filters in the query string."""
    bar = parse_filter_bar(request.GET)
    context = {
        "bar": bar,
        "prediction_choices": PREDICTION_CHOICES,
        "claim_choices": CLAIM_CHOICES,
        "ground_truth_choices": GROUND_TRUTH_CHOICES,
        "order_choices": ORDER_CHOICES,
    }
    return _render_grid(request, bar.params, context)


def _render_grid(
    request: HttpRequest, filters: Mapping[str, str], context: dict[str, Any]
) -> HttpResponse:
    cursor = request.GET.get("cursor")
    context |= {
        "values": list(LABEL_VALUES),
        "max_selected": MAX_BULK_LABELS,
        "is_first": not cursor,
        "path": request.path,
    }
    try:
        search = parse_search(filters, zone=timezone.get_current_timezone())
        found = search_drawings(
            search,
            viewer=require_user(request),
            cursor=cursor,
            size=PAGE_SIZE,
        )
    except CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "review/relabel_grid.html", context, status=400)
    label = search.ranked_label if search.order == ORDER_WORST else None
    context |= {
        "summaries": [FoundDrawingSummary(drawing, label) for drawing in found.drawings],
        "next_cursor": found.next_cursor,
        "searched_since": found.searched_since,
        "is_worst": search.order == ORDER_WORST,
    }
    return render(request, "review/relabel_grid.html", context)

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

from recognizer import contract
from recognizer.export import raster_png
from recognizer.history import CannotFilter
from recognizer.pages.cards import Card
from recognizer.pages.history_filters import ANSWERS, LABELS, read_bar
from recognizer.pages.visitors import for_admins, for_reviewers, signed_in
from recognizer.review.relabelling import MOST_AT_ONCE
from recognizer.review.searching import NEWEST, SET_ASIDE, WORST, read_search, search_drawings

PAGE_SIZE = 60
NONE = "none"
VALUES = {**{digit: digit for digit in "0123456789"}, NONE: contract.NOT_A_DIGIT}
"""What the address calls a digit, and what the search does."""
TRUTHS = [*LABELS, (SET_ASIDE, "set aside")]
ORDERS = [(NEWEST, "newest first"), (WORST, "worst first")]


class FoundCard(Card):
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
        png = base64.b64encode(raster_png(self.drawing.prediction)).decode()
        return f"data:image/png;base64,{png}"

    @property
    def words(self) -> str:
        said = f", who drew it says {self.claim}" if self.claim else ""
        counts = f", it counts as {self.ground_truth}" if self.ground_truth else ""
        return f"Read as {self.answer}{said}{counts}"


@require_safe
@for_reviewers
@never_cache
@ensure_csrf_cookie
def show_digit(request: HttpRequest, digit: str) -> HttpResponse:
    """Everything that passes for a digit, worst first."""
    if digit not in VALUES:
        raise Http404
    context = {"digit": digit, "passes_for": "no digit" if digit == NONE else digit}
    return _show(request, {"effective_label": VALUES[digit], "order": WORST}, context)


@require_safe
@for_admins
@never_cache
@ensure_csrf_cookie
def show_all(request: HttpRequest) -> HttpResponse:
    """What the filters in the address find."""
    bar = read_bar(request.GET)
    context = {"bar": bar, "answers": ANSWERS, "labels": LABELS, "truths": TRUTHS, "orders": ORDERS}
    return _show(request, bar.given, context)


def _show(request: HttpRequest, given: Mapping[str, str], context: dict[str, Any]) -> HttpResponse:
    cursor = request.GET.get("cursor")
    context |= {
        "values": list(VALUES),
        "most": MOST_AT_ONCE,
        "is_first": not cursor,
        "here": request.path,
    }
    try:
        found = search_drawings(
            read_search(given), besides_of=signed_in(request).pk, cursor=cursor, size=PAGE_SIZE
        )
    except CannotFilter as error:
        context["errors"] = list(error.errors.items())
        return render(request, "pages/review_grid.html", context, status=400)
    context |= {
        "cards": [FoundCard(drawing) for drawing in found.drawings],
        "next_cursor": found.next_cursor,
    }
    return render(request, "pages/review_grid.html", context)

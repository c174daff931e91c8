"""Search in all trainable drawings: filters, two orders and cursor pagination. Read-only queries
that never reveal the owner of a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from recognizer.accounts.username_rules import username_key
from recognizer.drawings.query_string_filters import (
    FILTER_PARSERS,
    CannotFilter,
    DrawingFilters,
    parse_claim,
    parse_filters,
    parse_predicted_label,
)
from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing, User
from recognizer.review.hidden_checks import hidden_from
from recognizer.review.holdout_quota import reserved_for_queue
from recognizer.review.search_ranges import (
    SearchPage,
    find_newest,
    find_worst,
)

ORDER_NEWEST, ORDER_WORST = "newest", "worst"
SET_ASIDE = "set_aside"
PAGE_SIZE = 60
MAX_USERNAME_LENGTH = 150
HAS_CURRENT_GROUND_TRUTH = Q(ground_truth__revision=F("revision"), is_hidden_check=False)
"""`search_drawings` annotates `is_hidden_check`: for this viewer the drawing has no label."""


@dataclass(frozen=True)
class DrawingSearch:
    """Filters; None does not filter. `ground_truth` is a label, "none" or SET_ASIDE.
    `effective_label` is the ground truth, else the claim, else the prediction."""

    history_filters: DrawingFilters = field(default_factory=DrawingFilters)
    ground_truth: int | str | None = None
    effective_label: int | None = None
    user: str | None = None
    order: str = ORDER_NEWEST

    def condition(self) -> Q:
        """Match the drawings of the searched range; that range has those of `user` only.

        PostgreSQL would expect an average number of drawings of a user that it finds by name, and
        read all 50,000 of one.
        """
        condition = self.history_filters.condition()
        if self.ground_truth is not None:
            condition &= _ground_truth_is(self.ground_truth)
        if self.effective_label is not None:
            condition &= _effective_label_is(self.effective_label)
        return condition

    @property
    def ranked_label(self) -> int | None:
        """The label whose probability ORDER_WORST sorts by, in ascending order."""
        labels = (
            self.effective_label,
            self.ground_truth,
            self.history_filters.claim,
            self.history_filters.digit,
        )
        return next((value for value in labels if isinstance(value, int)), None)


def parse_search(given: Mapping[str, str], *, zone: tzinfo = UTC) -> DrawingSearch:
    """Parse filter names and texts. An empty text does not filter. Raises CannotFilter."""
    unknown = "There is no filter of this name. There are: " + ", ".join(FILTER_DESCRIPTIONS) + "."
    errors = {name: unknown for name in given if name not in FILTER_DESCRIPTIONS}
    values: dict[str, Any] = {}
    for name, text in given.items():
        if text and name in REVIEW_FILTERS:
            parse, expected = REVIEW_FILTERS[name]
            try:
                values[name] = parse(text)
            except ValueError:
                errors[name] = f"Give {expected}."
    try:
        values["history_filters"] = parse_filters(
            {name: text for name, text in given.items() if name in HISTORY_FILTERS}, zone=zone
        )
    except CannotFilter as error:
        errors |= error.errors
    search = DrawingSearch(**values) if not errors else DrawingSearch()
    if search.order == ORDER_WORST and search.ranked_label is None:
        errors["order"] = "The order worst needs a label filter: set effective_label."
    if errors:
        raise CannotFilter(errors)
    return search


def search_drawings(
    search: DrawingSearch,
    *,
    viewer: User,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> SearchPage:
    """Return at most `size` drawings after the cursor, without those of the viewer.

    Each page searches a limited number of drawings, newest first, whatever the size of the site.
    ORDER_WORST sorts the drawings of one such range; the next range has older drawings.

    Drawings that may check the viewer in the review queue are returned without their ground truth,
    as if no reviewer had labelled them.

    Raises CannotFilter if the cursor is malformed or of another order.
    """
    is_hidden = Case(When(hidden_from(viewer), then=True), default=False)
    matching = trainable_drawings().annotate(is_hidden_check=is_hidden)
    matching = matching.filter(search.condition()).exclude(owner_id=viewer.pk)
    searched, value = _list_searched(search), search.ranked_label
    if search.order == ORDER_WORST and value is not None:
        return find_worst(matching, searched, label=value, cursor=cursor, size=size)
    return find_newest(matching, searched, cursor=cursor, size=size)


def _list_searched(search: DrawingSearch) -> QuerySet[Drawing]:
    """Return the drawings to search, newest first: a range of an index."""
    drawings = Drawing.objects.order_by("-created_at", "-id")
    if search.user is not None:
        owners = User.objects.filter(username_key=username_key(search.user))
        drawings = drawings.filter(owner__in=list(owners))
    return drawings.filter(search.history_filters.time_condition())


def trainable_drawings() -> QuerySet[Drawing]:
    """Return all trainable drawings that have a prediction and that any reviewer may label."""
    return Drawing.objects.filter(
        trainable_filter(), ~reserved_for_queue(), prediction__isnull=False
    )


def _ground_truth_is(ground_truth: int | str) -> Q:
    if ground_truth == SET_ASIDE:
        return HAS_CURRENT_GROUND_TRUTH & Q(ground_truth__is_set_aside=True)
    if ground_truth == "none":
        return ~(
            HAS_CURRENT_GROUND_TRUTH
            & (Q(ground_truth__value__isnull=False) | Q(ground_truth__is_set_aside=True))
        )
    return HAS_CURRENT_GROUND_TRUTH & Q(ground_truth__value=ground_truth)


def _effective_label_is(value: int) -> Q:
    has_label = HAS_CURRENT_GROUND_TRUTH & Q(ground_truth__value__isnull=False)
    is_claimed_or_predicted = Q(claim=value) | Q(claim=None) & _prediction_is(value)
    is_label = HAS_CURRENT_GROUND_TRUTH & Q(ground_truth__value=value)
    return (is_label | ~has_label & is_claimed_or_predicted) & ~(
        HAS_CURRENT_GROUND_TRUTH & Q(ground_truth__is_set_aside=True)
    )


def _prediction_is(value: int) -> Q:
    not_a_digit = Q(prediction__decision=Decision.NOT_A_DIGIT)
    return not_a_digit if value == NOT_A_DIGIT_LABEL else Q(prediction__digit=value) & ~not_a_digit


def _parse_ground_truth(text: str) -> int | str:
    return text if text == SET_ASIDE else parse_claim(text)


def _parse_username(text: str) -> str:
    if len(text) > MAX_USERNAME_LENGTH or "\0" in text:
        raise ValueError
    return text


def _parse_order(text: str) -> str:
    return (ORDER_NEWEST, ORDER_WORST)[(ORDER_NEWEST, ORDER_WORST).index(text)]


HISTORY_FILTERS = ("digit", "claim", "since", "until", "model", "confidence_min", "confidence_max")
"""Filters shared with the history."""
REVIEW_FILTERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "ground_truth": (_parse_ground_truth, "a digit from 0 to 9, not_a_digit, none, or set_aside"),
    "effective_label": (parse_predicted_label, "a digit from 0 to 9, or not_a_digit"),
    "user": (_parse_username, "a username"),
    "order": (_parse_order, "newest or worst"),
}
FILTER_DESCRIPTIONS = {
    **{name: FILTER_PARSERS[name][1] for name in HISTORY_FILTERS},
    **{name: expected for name, (_, expected) in REVIEW_FILTERS.items()},
}
"""Expected values of each filter, by its name."""

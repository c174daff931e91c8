"""Base classes of the admin pages of append-only tables: read-only pages and inlines."""

import base64
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import smart_split

from recognizer.drawings.ink_validation import svg_path
from recognizer.drawings.raster_png import encode_prediction_raster
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, Prediction, User
from recognizer.protocol import RECOGNITION_FAILURES

MAX_LISTED_ROWS = 10_000
MAX_LISTED_USERS = 50
NO_VALUE = "none"
EMPTY_VALUE = "–"
HIDDEN_VALUE = "hidden"
"""Shown instead of a drawing of a user without consent, or of a deleted one."""


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    BasePaginator = Paginator[Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline
    BasePaginator = Paginator


class BoundedPaginator(BasePaginator):
    """Pages of the first MAX_LISTED_ROWS rows; filters and the search lead to the others."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list).order_by()
        return rows.values("pk")[:MAX_LISTED_ROWS].count()


class ReadOnlyAdmin(ModelAdmin):
    """A list whose cost does not grow with the table: in the order of an index, with filters of
    fixed choices. The search finds users first, and then their rows by an index."""

    show_full_result_count = False
    list_per_page = 50
    paginator = BoundedPaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not any(field.startswith("=") for field in self.search_fields):
            return super().get_search_results(request, queryset, search_term)
        for word in smart_split(search_term):
            queryset = queryset.filter(self._match_word(word.strip("\"'")))
        return queryset, False

    def _match_word(self, word: str) -> Q:
        """Match a word in a table of drawings: "=…" of `search_fields` is an id, and "…__username"
        finds users first."""
        condition = Q(pk__in=[])
        for field in self.search_fields:
            if field.endswith("__username"):
                path = field.removesuffix("__username")
                condition |= Q(**{f"{path}__in": _find_users(word)})
            elif (id := _parse_id(word)) is not None:
                condition |= Q(**{field.removeprefix("="): id})
        return condition

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """Rows of an append-only table on the page of a related object."""

    can_delete = False
    extra = max_num = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def make_choice_filter(
    field: str, choices: Iterable[tuple[str, str]]
) -> type[admin.SimpleListFilter]:
    """Return a filter with fixed choices: Django's would read all rows for the existing values.
    The choice NO_VALUE matches null."""
    fixed = list(choices)

    class ChoiceFilter(admin.SimpleListFilter):
        title = parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return fixed

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            if value is None:
                return queryset
            return queryset.filter(**{field: None if value == NO_VALUE else value})

    return ChoiceFilter


def label_choices() -> list[tuple[str, str]]:
    values = [*range(NOT_A_DIGIT_LABEL + 1)]
    return [*((str(value), format_label(value)) for value in values), (NO_VALUE, EMPTY_VALUE)]


def _find_users(word: str) -> Any:
    """Return the ids of the users whose names contain a word: a list of a few, else a query."""
    users = User.objects.filter(username__icontains=word).order_by().values_list("pk", flat=True)
    few = list(users[: MAX_LISTED_USERS + 1])
    return few if len(few) <= MAX_LISTED_USERS else users


def _parse_id(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def format_label(value: int | None) -> str:
    if value is None:
        return EMPTY_VALUE
    return "not a digit" if value == NOT_A_DIGIT_LABEL else str(value)


def is_visible_to_admins(drawing: Drawing) -> bool:
    """Return whether its owner has consented to training and keeps the drawing."""
    return drawing.owner.may_teach and drawing.deleted_at is None


def render_ink_svg(drawing: Drawing, *, size: int) -> str:
    """Render the ink as an SVG of `size` pixels. It contains numbers only."""
    if not is_visible_to_admins(drawing):
        return HIDDEN_VALUE
    if not drawing.ink:
        return _describe_picture(drawing) if drawing.picture else EMPTY_VALUE
    strokes = json.loads(drawing.ink)
    xs = [point[0] for stroke in strokes for point in stroke]
    ys = [point[1] for stroke in strokes for point in stroke]
    side = max(max(xs) - min(xs), max(ys) - min(ys), 1)
    left = (max(xs) + min(xs)) / 2 - side * 0.6
    top = (max(ys) + min(ys)) / 2 - side * 0.6
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="{1} {2} {3} {3}" role="img" aria-label="ink">'
        '<path d="{4}" fill="none" stroke="currentColor" stroke-width="{5}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>',
        size,
        left,
        top,
        side * 1.2,
        svg_path(strokes),
        side * 0.06,
    )


def _describe_picture(drawing: Drawing) -> str:
    """Return `picture`, and why it could not be recognized."""
    reason = RECOGNITION_FAILURES.get(drawing.error or "")
    return f"picture. {reason}" if reason else "picture"


def render_raster_image(drawing: Drawing, prediction: Prediction | None, *, size: int) -> str:
    """Render the raster of a prediction of the drawing, enlarged."""
    if not is_visible_to_admins(drawing):
        return HIDDEN_VALUE
    if prediction is None:
        return EMPTY_VALUE
    data = base64.b64encode(encode_prediction_raster(prediction)).decode()
    return format_html(
        '<img width="{0}" height="{0}" src="data:image/png;base64,{1}" alt="preprocessed raster">',
        size,
        data,
    )

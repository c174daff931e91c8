"""Pages of a user's drawings, newest first.

A cursor is the position of the last drawing of a page, so that new drawings do not shift pages.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Length

from recognizer.drawings.index_ranges import FoundRows, Position, search_ranges, take_after
from recognizer.drawings.query_string_filters import CannotFilter, DrawingFilters
from recognizer.models import Drawing

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
RANGE_SIZES = (1_000, 2_000)
"""Numbers of drawings that one page with a filter reads after each other, until it is full."""

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class DrawingPage:
    """Drawings with their predictions and models; `next_cursor` is None on the last page.

    If `searched_since` is a time, only drawings from then on were searched, and the page may have
    fewer drawings than requested, or none. The next page searches older ones.
    """

    drawings: list[Drawing]
    next_cursor: str | None
    searched_since: datetime | None = None


def list_drawings(
    *,
    owner_id: int,
    filters: DrawingFilters,
    cursor: str | None = None,
    size: int = DEFAULT_PAGE_SIZE,
    with_ink: bool = True,
) -> DrawingPage:
    """Return at most `size` drawings after the cursor. Raises CannotFilter.

    With their ink, a page ends early at LIST_MAX_BYTES of it.
    """
    after = Position(*decode_cursor(cursor, parse_created_at)) if cursor else None
    columns = ["created_at", "pk", *([Length("ink")] if with_ink else [])]
    found = _find_rows(owner_id, filters, columns, after=after, limit=size + 1)
    num_shown = min(size, _count_fitting(found.rows)) if with_ink else size
    shown = found.rows[:num_shown]
    drawings = _load_drawings(owner_id, [row[1] for row in shown], with_ink=with_ink)
    if len(found.rows) > num_shown:
        return DrawingPage(drawings, encode_cursor(shown[-1][0].isoformat(), shown[-1][1]))
    if found.end is None:
        return DrawingPage(drawings, None)
    next_cursor = encode_cursor(found.end.created_at.isoformat(), found.end.id)
    return DrawingPage(drawings, next_cursor, found.end.created_at)


def _find_rows(
    owner_id: int,
    filters: DrawingFilters,
    columns: list[Any],
    *,
    after: Position | None,
    limit: int,
) -> FoundRows:
    matching = user_drawings(owner_id).filter(filters.condition())
    if not filters.is_selective:
        rows: Any = take_after(matching, after).values_list(*columns)
        return FoundRows(list(rows[:limit]), None)
    searched = Drawing.objects.filter(filters.time_condition(), owner_id=owner_id)
    searched = searched.order_by("-created_at", "-id")
    return search_ranges(matching, searched, columns, after=after, limit=limit, sizes=RANGE_SIZES)


def _count_fitting(rows: list[Any]) -> int:
    """Return how many of the first drawings have LIST_MAX_BYTES of ink together, at least one."""
    limit: int = settings.LIST_MAX_BYTES
    lengths: list[int] = [row[2] for row in rows]
    return max(1, sum(total <= limit for total in accumulate(lengths)))


def _load_drawings(owner_id: int, ids: list[UUID], *, with_ink: bool) -> list[Drawing]:
    drawings = user_drawings(owner_id).filter(pk__in=ids)
    if not with_ink:
        drawings = drawings.defer("ink", "prediction__raster", "prediction__model__card")
    return list(drawings)


def user_drawings(owner_id: int) -> QuerySet[Drawing]:
    """Return the drawings that the owner sees, newest first, with all that their JSON reads."""
    return (
        Drawing.objects.filter(owner_id=owner_id, deleted_at=None)
        .select_related("prediction__model", "ground_truth")
        .defer("prediction__raster", "prediction__model__card")
        .order_by("-created_at", "-id")
    )


def parse_page_size(given: Mapping[str, str], *, default: int = DEFAULT_PAGE_SIZE) -> int:
    """Return the number in `limit`. Raises CannotFilter if it is not from 1 to MAX_PAGE_SIZE."""
    text = given.get("limit", str(default))
    if not (
        text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_PAGE_SIZE
    ):
        raise CannotFilter({"limit": f"Give a whole number from 1 to {MAX_PAGE_SIZE}."})
    return int(text)


def encode_cursor(position: str, drawing_id: UUID) -> str:
    text = f"{position} {drawing_id.hex}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parse: Callable[[str], Parsed]) -> tuple[Parsed, UUID]:
    """Return the parsed position and the drawing id of a cursor. Raises CannotFilter."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        position, _, drawing_id = text.partition(" ")
        return parse(position), UUID(drawing_id)
    except (ValueError, binascii.Error):
        raise CannotFilter({"cursor": "Give the cursor of the page before."}) from None


def parse_created_at(text: str) -> datetime:
    """Return the time in a cursor. Raises ValueError."""
    created_at = datetime.fromisoformat(text)
    if created_at.utcoffset() is None or not 2000 <= created_at.year < 2200:
        raise ValueError
    return created_at

"""Pages of a user's drawings, newest first.

A cursor is the position of the last drawing of a page, so that new drawings do not shift pages.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from recognizer.drawings.query_string_filters import CannotFilter, DrawingFilters
from recognizer.models import Drawing

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200

Position = TypeVar("Position")


@dataclass(frozen=True)
class DrawingPage:
    """Drawings with their predictions and models; `next_cursor` is None on the last page."""

    drawings: list[Drawing]
    next_cursor: str | None


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
    drawings = user_drawings(owner_id).filter(filters.condition())
    if cursor:
        drawings = drawings.filter(after_newest(cursor))
    if with_ink:
        count = _count_fitting(drawings[: size + 1])
    else:
        drawings, count = (
            drawings.defer("ink", "prediction__raster", "prediction__model__card"),
            size,
        )
    found = list(drawings[: min(count, size) + 1])
    shown = found[: min(count, size)]
    last = shown[-1] if len(found) > len(shown) else None
    next_cursor = encode_cursor(last.created_at.isoformat(), last.id) if last else None
    return DrawingPage(shown, next_cursor)


def _count_fitting(drawings: QuerySet[Drawing]) -> int:
    """Return how many of the first drawings have LIST_MAX_BYTES of ink together, at least one."""
    lengths: list[int] = list(drawings.values_list(Length("ink"), flat=True))
    limit: int = settings.LIST_MAX_BYTES
    return max(1, sum(total <= limit for total in accumulate(lengths)))


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


def decode_cursor(cursor: str, parse: Callable[[str], Position]) -> tuple[Position, UUID]:
    """Return the parsed position and the drawing id of a cursor. Raises CannotFilter."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        position, _, drawing_id = text.partition(" ")
        return parse(position), UUID(drawing_id)
    except (ValueError, binascii.Error):
        raise CannotFilter({"cursor": "Give the cursor of the page before."}) from None


def after_newest(cursor: str) -> Q:
    """Match the drawings after a cursor in the order of `user_drawings`. Raises CannotFilter."""
    return after_position(*decode_cursor(cursor, parse_created_at))


def after_position(created_at: datetime, drawing_id: UUID) -> Q:
    """Match the drawings after one in the order of `user_drawings`."""
    earlier = Q(created_at__lt=created_at) | Q(id__lt=drawing_id)
    return Q(created_at__lte=created_at) & earlier


def parse_created_at(text: str) -> datetime:
    """Return the time in a cursor. Raises ValueError."""
    created_at = datetime.fromisoformat(text)
    if created_at.utcoffset() is None or not 2000 <= created_at.year < 2200:
        raise ValueError
    return created_at

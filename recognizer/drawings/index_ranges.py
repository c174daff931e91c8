"""Limited ranges of drawings in the order of an index, newest first, and a search in them.

A search for a rare combination has no index. Reading all drawings of a large site or user would
take long, so a page searches some ranges, and the next page continues after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from recognizer.models import Drawing


@dataclass(frozen=True)
class Position:
    """A place in the order newest first, between two drawings."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True)
class DrawingRange:
    """The first drawings after a position, as a subquery. `end` is the last of them if there are
    more after it, else None."""

    ids: QuerySet[Drawing, Any]
    end: Position | None


@dataclass(frozen=True)
class FoundRows:
    """Rows of a search. If `end` is not None, drawings after it were not searched, and
    there are fewer rows than requested."""

    rows: list[Any]
    end: Position | None


def take_range(searched: QuerySet[Drawing], after: Position | None, size: int) -> DrawingRange:
    """Return the first drawings of a queryset after a position."""
    searched = take_after(searched, after)
    last_two = list(searched.values_list("created_at", "pk")[size - 1 : size + 1])
    end = Position(*last_two[0]) if len(last_two) == 2 else None
    return DrawingRange(searched.values("pk")[:size], end)


def search_ranges(
    matching: QuerySet[Drawing],
    searched: QuerySet[Drawing],
    columns: Sequence[Any],
    *,
    after: Position | None,
    limit: int,
    sizes: Sequence[int],
) -> FoundRows:
    """Return columns of the first `limit` of the `matching` drawings after a position.

    `searched` are all drawings to search, newest first. At most the sum of `sizes` of them are
    read.
    """
    rows: list[Any] = []
    for size in sizes:
        found = take_range(searched, after, size)
        ordered = matching.filter(pk__in=found.ids).order_by("-created_at", "-id")
        rows += ordered.values_list(*columns)[: limit - len(rows)]
        after = found.end
        if len(rows) == limit or after is None:
            return FoundRows(rows, None)
    return FoundRows(rows, after)


def take_after(drawings: QuerySet[Drawing], position: Position | None) -> QuerySet[Drawing]:
    """Return the drawings after a position, newest first, or all."""
    if position is None:
        return drawings
    earlier = Q(created_at__lt=position.created_at) | Q(id__lt=position.id)
    return drawings.filter(earlier, created_at__lte=position.created_at)

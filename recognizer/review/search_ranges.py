"""Pages of search results. Each page reads a limited range of drawings, newest first: at most the
sum of RANGE_SIZES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    F,
    FloatField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from recognizer.drawings.index_ranges import Position, search_ranges, take_range
from recognizer.drawings.pagination import decode_cursor, encode_cursor, parse_created_at
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing, ModelVersion, Prediction
from recognizer.registry.promotion import load_champion

RANGE_SIZES = (500, 1_500, 3_000)
"""Numbers of drawings that one page reads after each other, until it is full."""
FIRST_RANK = -1.0  # before all probabilities
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True)
class SearchPage:
    """Drawings with predictions and ground truth. `next_cursor` is None on the last page.

    If `searched_since` is a time, only drawings from then on were searched, and the page may have
    fewer drawings than requested, or none. The next page searches older ones.
    """

    drawings: list[Drawing]
    next_cursor: str | None
    searched_since: datetime | None = None


@dataclass(frozen=True)
class _WorstCursor:
    """A place in the range of drawings after `start`, sorted by probability."""

    start: Position
    rank: float = FIRST_RANK
    id: UUID = FIRST_ID

    def encode(self) -> str:
        start = f"{self.start.created_at.isoformat()}/{self.start.id.hex}"
        return encode_cursor(f"{self.rank!r}/{start}", self.id)


def find_newest(
    matching: QuerySet[Drawing], searched: QuerySet[Drawing], *, cursor: str | None, size: int
) -> SearchPage:
    """Return the next page of the `matching` drawings, newest first. `searched` are all drawings to
    search, in this order. Raises CannotFilter."""
    after = Position(*decode_cursor(cursor, parse_created_at)) if cursor else None
    found = search_ranges(
        matching,
        searched,
        ("pk", F("is_hidden_check"), "created_at"),
        after=after,
        limit=size + 1,
        sizes=RANGE_SIZES,
    )
    drawings = _load_drawings(found.rows[:size])
    if len(found.rows) > size:
        last_id, _, last_created_at = found.rows[size - 1]
        return SearchPage(drawings, encode_cursor(last_created_at.isoformat(), last_id))
    if found.end is None:
        return SearchPage(drawings, None)
    next_cursor = encode_cursor(found.end.created_at.isoformat(), found.end.id)
    return SearchPage(drawings, next_cursor, found.end.created_at)


def find_worst(
    matching: QuerySet[Drawing],
    searched: QuerySet[Drawing],
    *,
    label: int,
    cursor: str | None,
    size: int,
) -> SearchPage:
    """Return the next page of the `matching` drawings of one range, by ascending probability of the
    label (annotated as `rank`), or the first page of the next range. Raises CannotFilter."""
    # The range of the first page has a fixed start: later drawings do not shift it.
    start = _decode_worst(cursor) if cursor else _WorstCursor(Position(timezone.now(), LAST_ID))
    place = take_range(searched, start.start, sum(RANGE_SIZES))
    ranked = matching.filter(pk__in=place.ids).annotate(rank=_champion_probability(label))
    if start.rank != FIRST_RANK:
        ranked = ranked.filter(Q(rank__gt=start.rank) | Q(rank=start.rank, id__gt=start.id))
    rows = ranked.order_by("rank", "id")
    found: list[Any] = list(rows.values_list("pk", F("is_hidden_check"), "rank")[: size + 1])
    drawings = _load_drawings(found[:size])
    for drawing, (_, _, rank) in zip(drawings, found, strict=False):
        vars(drawing)["rank"] = rank
    since = place.end.created_at if place.end else None
    if len(found) > size:
        last_id, _, rank = found[size - 1]
        return SearchPage(drawings, _WorstCursor(start.start, rank, last_id).encode(), since)
    return SearchPage(drawings, _WorstCursor(place.end).encode() if place.end else None, since)


def _load_drawings(found: list[Any]) -> list[Drawing]:
    """Return the drawings of rows of (id, is_hidden_check, …) with all that pages show.

    A query that also sorts and filters would start at the table of models on SQLite, and read all
    predictions of the champion.
    """
    drawings = Drawing.objects.select_related("prediction", "ground_truth").prefetch_related(
        Prefetch("prediction__model", ModelVersion.objects.defer("card"))
    )
    by_id = drawings.in_bulk([row[0] for row in found])
    for id, is_hidden_check, *_ in found:
        if is_hidden_check and id in by_id:
            by_id[id]._state.fields_cache["ground_truth"] = None
    return [by_id[row[0]] for row in found if row[0] in by_id]


def _champion_probability(value: int) -> Coalesce:
    """Return the probability of the label according to the champion, or according to the model
    shown if the champion has not predicted this revision."""
    shown = Prediction.objects.filter(pk=OuterRef("prediction_id"))
    of_champion = Prediction.objects.filter(
        drawing=OuterRef("pk"), revision=OuterRef("revision"), model=load_champion()
    )
    return Coalesce(_probability_of(value, of_champion), _probability_of(value, shown))


def _probability_of(value: int, predictions: QuerySet[Prediction]) -> Subquery:
    if value != NOT_A_DIGIT_LABEL:
        probability: Case | Cast = Cast(KT(f"probabilities__{value}"), FloatField())
    else:
        is_rejected = When(decision=Decision.NOT_A_DIGIT, then=F("confidence"))
        probability = Case(is_rejected, default=1.0 - F("confidence"), output_field=FloatField())
    return Subquery(
        predictions.order_by().annotate(probability=probability).values("probability")[:1]
    )


def _decode_worst(cursor: str) -> _WorstCursor:
    (rank, start), id = decode_cursor(cursor, _parse_worst)
    return _WorstCursor(start, rank, id)


def _parse_worst(text: str) -> tuple[float, Position]:
    rank, created_at, id = text.split("/")
    if not FIRST_RANK <= float(rank) <= 1:
        raise ValueError
    return float(rank), Position(parse_created_at(created_at), UUID(id))

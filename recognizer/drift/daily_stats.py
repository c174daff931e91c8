"""Aggregates of drawings by day (UTC) and pointer, computed in the database.

Ids grow with the creation time, so a day is a range of the primary key. One query per day reads the
rows of that day only. Finished days are cached for hours. Guests do not count: their drawings are
deleted after hours, so recent days would have drawings of a kind that earlier ones lack.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, When

from recognizer.drawings.query_string_filters import PREDICTED_LABEL
from recognizer.drift.drawing_aggregate import NUM_CLASSES, DrawingAggregate
from recognizer.models import Decision, Drawing, Promotion

CACHE_TTL_S = 6 * 3600
"""Claims, embeddings, deletions and sign-ups of guests appear this much later on finished days, at
most."""

AggregatesByPointer = dict[str, DrawingAggregate]
"""Uploaded pictures have an empty pointer."""


@dataclass(frozen=True, slots=True)
class DayStats:
    date: date
    aggregate: DrawingAggregate


@dataclass(frozen=True, slots=True)
class ServingPeriod:
    """The ref of a champion, and the time at which it became the champion."""

    since: datetime
    model: str


@dataclass(frozen=True, slots=True)
class DriftHistory:
    """Days without gaps, oldest first, ending today. The serving periods begin within these days,
    except the first one. `pointers` lists the pointer types of these days."""

    days: list[DayStats]
    serving_periods: list[ServingPeriod]
    pointers: list[str]


def load_history(now: datetime, *, pointer: str | None = None) -> DriftHistory:
    """Return the last DRIFT_DAYS days of all pointers, or of one."""
    by_date = load_aggregates(
        list_last_dates(now, settings.DRIFT_DAYS), today=now.astimezone(UTC).date()
    )
    days = [
        DayStats(date, sum_aggregates(aggregates, pointer)) for date, aggregates in by_date.items()
    ]
    pointers = sorted({name for aggregates in by_date.values() for name in aggregates})
    return DriftHistory(days, _load_serving_periods(days[0].date), pointers)


def list_last_dates(now: datetime, count: int) -> list[date]:
    """Return the last `count` dates, oldest first, ending today."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(count))]


def load_aggregates(dates: list[date], *, today: date) -> dict[date, AggregatesByPointer]:
    """Return the aggregates by date, in the order of `dates`."""
    cached = cache.get_many([_cache_key(date) for date in dates if date < today])
    new = {date: aggregate_day(date) for date in dates if _cache_key(date) not in cached}
    finished = {_cache_key(date): _to_json(day) for date, day in new.items() if date < today}
    if finished:
        cache.set_many(finished, CACHE_TTL_S)
    return {
        date: new[date] if date in new else _from_json(cached[_cache_key(date)]) for date in dates
    }


def _to_json(aggregates: AggregatesByPointer) -> dict[str, list[Any]]:
    return {pointer: list(astuple(aggregate)) for pointer, aggregate in aggregates.items()}


def _from_json(values: dict[str, list[Any]]) -> AggregatesByPointer:
    return {
        pointer: DrawingAggregate(tuple(classes), *sums)
        for pointer, (classes, *sums) in values.items()
    }


def aggregate_day(day: date) -> AggregatesByPointer:
    """Aggregate one day in one query. It returns at most one row per pointer, class and
    certainty."""
    aggregates: AggregatesByPointer = {}
    for pointer, label, is_unsure, count, *sums in _aggregate_query(day):
        classes = [0] * NUM_CLASSES
        classes[label] = count
        row = DrawingAggregate(tuple(classes), count * is_unsure, *(value or 0 for value in sums))
        aggregates[pointer] = aggregates.get(pointer, DrawingAggregate()) + row
    return aggregates


def sum_aggregates(aggregates: AggregatesByPointer, pointer: str | None = None) -> DrawingAggregate:
    """Sum over all pointers, or return the aggregate of one."""
    if pointer is not None:
        return aggregates.get(pointer, DrawingAggregate())
    return sum(aggregates.values(), start=DrawingAggregate())


def min_drawing_id(day: date) -> UUID:
    """Return the lowest possible id of a drawing of this day."""
    midnight = datetime.combine(day, time.min, UTC)
    return UUID(int=int(midnight.timestamp() * 1000) << 80)


def _aggregate_query(day: date) -> QuerySet[Drawing, tuple[Any, ...]]:
    # Distances of different models cannot be compared.
    has_embedding = Q(embedding__revision=F("revision"), embedding__model=F("prediction__model"))
    distance = F("embedding__distance")
    is_unsure = Case(
        When(prediction__decision=Decision.UNSURE, then=1), default=0, output_field=IntegerField()
    )
    rows = Drawing.objects.filter(
        pk__gte=min_drawing_id(day),
        pk__lt=min_drawing_id(day + timedelta(days=1)),
        deleted_at=None,
        prediction__isnull=False,
        owner__is_guest=False,
    )
    grouped = rows.order_by().annotate(label=PREDICTED_LABEL, is_unsure=is_unsure)
    return grouped.values_list("pointer", "label", "is_unsure").annotate(
        num_drawings=Count("pk"),
        confidence_sum=Sum("prediction__confidence"),
        num_claims=Count("claim"),
        num_corrected=Count("pk", filter=Q(claim__isnull=False) & ~Q(claim=F("label"))),
        num_embeddings=Count("pk", filter=has_embedding),
        distance_sum=Sum(distance, filter=has_embedding),
        distance_square_sum=Sum(distance * distance, filter=has_embedding),
    )


def _load_serving_periods(first: date) -> list[ServingPeriod]:
    begin = datetime.combine(first, time.min, UTC)
    newest = Promotion.objects.select_related("model").order_by("-id")
    promotions = [*newest.filter(created_at__gte=begin), *newest.filter(created_at__lt=begin)[:1]]
    return [ServingPeriod(one.created_at, one.model.ref) for one in reversed(promotions)]


def _cache_key(day: date) -> str:
    return f"drift:3:{day}"

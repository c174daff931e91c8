"""Tallies by day (UTC) and pointer, counted in the database.

Ids of drawings grow with the time they came at, so that a day is a range of the primary key: one
statement a day, which reads that day's rows alone. Finished days are kept in the cache for hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, When

from recognizer.drawings.filters import PREDICTED_LABEL
from recognizer.drift.aggregates import NUM_CLASSES, DrawingAggregate
from recognizer.models import Decision, Drawing, Promotion

CACHE_TTL_S = 6 * 3600
"""Claims, distances and deletions of a finished day come this much later at most."""

AggregatesByPointer = dict[str, DrawingAggregate]
"""By pointer; what came without one, as pictures do, has an empty name."""


@dataclass(frozen=True, slots=True)
class DayStats:
    date: date
    tally: DrawingAggregate


@dataclass(frozen=True, slots=True)
class ServingPeriod:
    """From `since` on, `model` answered."""

    since: datetime
    model: str


@dataclass(frozen=True, slots=True)
class DriftHistory:
    """Days without gaps, oldest first, today last. `eras` begin in these days, but for the first,
    which may have begun before. `pointers` are those that occur."""

    days: list[DayStats]
    serving_periods: list[ServingPeriod]
    pointers: list[str]


def load_history(now: datetime, *, pointer: str | None = None) -> DriftHistory:
    """The last DRIFT_DAYS days; of all pointers, or of one."""
    by_date = load_aggregates(
        list_last_dates(now, settings.DRIFT_DAYS), today=now.astimezone(UTC).date()
    )
    days = [DayStats(date, sum_aggregates(tallies, pointer)) for date, tallies in by_date.items()]
    pointers = sorted({name for tallies in by_date.values() for name in tallies})
    return DriftHistory(days, _load_serving_periods(days[0].date), pointers)


def list_last_dates(now: datetime, count: int) -> list[date]:
    """Oldest first, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(count))]


def load_aggregates(dates: list[date], *, today: date) -> dict[date, AggregatesByPointer]:
    """In the order of `dates`."""
    known = cache.get_many([_cache_key(one) for one in dates if one < today])
    new = {one: aggregate_day(one) for one in dates if _cache_key(one) not in known}
    finished = {_cache_key(one): tallies for one, tallies in new.items() if one < today}
    if finished:
        cache.set_many(finished, CACHE_TTL_S)
    return {one: new[one] if one in new else known[_cache_key(one)] for one in dates}


def aggregate_day(day: date) -> AggregatesByPointer:
    """One statement; at most as many rows as there are pointers, answers and ways to be sure."""
    tallies: AggregatesByPointer = {}
    for pointer, answer, is_unsure, count, *sums in _aggregate_query(day):
        classes = [0] * NUM_CLASSES
        classes[answer] = count
        one = DrawingAggregate(tuple(classes), count * is_unsure, *(value or 0 for value in sums))
        tallies[pointer] = tallies.get(pointer, DrawingAggregate()) + one
    return tallies


def sum_aggregates(tallies: AggregatesByPointer, pointer: str | None = None) -> DrawingAggregate:
    chosen = tallies.values() if pointer is None else [tallies.get(pointer, DrawingAggregate())]
    return sum(chosen, start=DrawingAggregate())


def min_drawing_id(day: date) -> UUID:
    """No drawing of this day has a lower id, none of the day before a higher one."""
    midnight = datetime.combine(day, time.min, UTC)
    return UUID(int=int(midnight.timestamp() * 1000) << 80)


def _aggregate_query(day: date) -> QuerySet[Drawing, tuple[Any, ...]]:
    measured = Q(
        embedding__revision=F("revision"), embedding__model=F("prediction__model")
    )  # in the space of the network that answered
    distance = F("embedding__distance")
    is_unsure = Case(
        When(prediction__decision=Decision.UNSURE, then=1),
        default=0,
        output_field=IntegerField(),
    )
    rows = Drawing.objects.filter(
        pk__gte=min_drawing_id(day),
        pk__lt=min_drawing_id(day + timedelta(days=1)),
        deleted_at=None,
        prediction__isnull=False,
    )
    grouped = rows.order_by().annotate(answer=PREDICTED_LABEL, is_unsure=is_unsure)
    return grouped.values_list("pointer", "answer", "is_unsure").annotate(
        drawings=Count("pk"),
        confidence_sum=Sum("prediction__confidence"),
        claims=Count("claim"),
        corrected=Count("pk", filter=Q(claim__isnull=False) & ~Q(claim=F("answer"))),
        measured=Count("pk", filter=measured),
        distance_sum=Sum(distance, filter=measured),
        distance_squares=Sum(distance * distance, filter=measured),
    )


def _load_serving_periods(first: date) -> list[ServingPeriod]:
    begin = datetime.combine(first, time.min, UTC)
    newest = Promotion.objects.select_related("model").order_by("-id")
    serving_periods = [
        ServingPeriod(one.created_at, one.model.ref) for one in newest.filter(created_at__gte=begin)
    ]
    before = newest.filter(created_at__lt=begin).first()
    serving_periods += [ServingPeriod(before.created_at, before.model.ref)] if before else []
    return serving_periods[::-1]


def _cache_key(day: date) -> str:
    return f"drift:1:{day}"

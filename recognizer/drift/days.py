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

from recognizer.drift.tally import CLASSES, Tally
from recognizer.history.filters import ANSWER
from recognizer.models import Decision, Drawing, Promotion

KEPT_S = 6 * 3600
"""Claims, distances and deletions of a finished day come this much later at most."""

Tallies = dict[str, Tally]
"""By pointer; what came without one, as pictures do, has an empty name."""


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Era:
    """From `since` on, `model` answered."""

    since: datetime
    model: str


@dataclass(frozen=True, slots=True)
class History:
    """Days without gaps, oldest first, today last. `eras` begin in these days, but for the first,
    which may have begun before. `pointers` are those that occur."""

    days: list[Day]
    eras: list[Era]
    pointers: list[str]


def read_history(now: datetime, *, pointer: str | None = None) -> History:
    """The last DRIFT_DAYS days; of all pointers, or of one."""
    by_date = read_tallies(last_dates(now, settings.DRIFT_DAYS), today=now.astimezone(UTC).date())
    days = [Day(date, total(tallies, pointer)) for date, tallies in by_date.items()]
    pointers = sorted({name for tallies in by_date.values() for name in tallies})
    return History(days, _read_eras(days[0].date), pointers)


def last_dates(now: datetime, count: int) -> list[date]:
    """Oldest first, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(count))]


def read_tallies(dates: list[date], *, today: date) -> dict[date, Tallies]:
    """In the order of `dates`."""
    known = cache.get_many([_key(one) for one in dates if one < today])
    new = {one: count_day(one) for one in dates if _key(one) not in known}
    finished = {_key(one): tallies for one, tallies in new.items() if one < today}
    if finished:
        cache.set_many(finished, KEPT_S)
    return {one: new[one] if one in new else known[_key(one)] for one in dates}


def count_day(day: date) -> Tallies:
    """One statement; at most as many rows as there are pointers, answers and ways to be sure."""
    tallies: Tallies = {}
    for pointer, answer, is_unsure, count, *sums in _grouped(day):
        classes = [0] * CLASSES
        classes[answer] = count
        one = Tally(tuple(classes), count * is_unsure, *(value or 0 for value in sums))
        tallies[pointer] = tallies.get(pointer, Tally()) + one
    return tallies


def total(tallies: Tallies, pointer: str | None = None) -> Tally:
    chosen = tallies.values() if pointer is None else [tallies.get(pointer, Tally())]
    return sum(chosen, start=Tally())


def first_id(day: date) -> UUID:
    """No drawing of this day has a lower id, none of the day before a higher one."""
    midnight = datetime.combine(day, time.min, UTC)
    return UUID(int=int(midnight.timestamp() * 1000) << 80)


def _grouped(day: date) -> QuerySet[Drawing, tuple[Any, ...]]:
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
        pk__gte=first_id(day),
        pk__lt=first_id(day + timedelta(days=1)),
        deleted_at=None,
        prediction__isnull=False,
    )
    grouped = rows.order_by().annotate(answer=ANSWER, is_unsure=is_unsure)
    return grouped.values_list("pointer", "answer", "is_unsure").annotate(
        drawings=Count("pk"),
        confidence_sum=Sum("prediction__confidence"),
        claims=Count("claim"),
        corrected=Count("pk", filter=Q(claim__isnull=False) & ~Q(claim=F("answer"))),
        measured=Count("pk", filter=measured),
        distance_sum=Sum(distance, filter=measured),
        distance_squares=Sum(distance * distance, filter=measured),
    )


def _read_eras(first: date) -> list[Era]:
    begin = datetime.combine(first, time.min, UTC)
    newest = Promotion.objects.select_related("model").order_by("-id")
    eras = [Era(one.created_at, one.model.ref) for one in newest.filter(created_at__gte=begin)]
    before = newest.filter(created_at__lt=begin).first()
    eras += [Era(before.created_at, before.model.ref)] if before else []
    return eras[::-1]


def _key(day: date) -> str:
    return f"drift:1:{day}"

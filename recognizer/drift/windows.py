"""The two stretches of time that the rule compares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recognizer.drift.aggregates import DrawingAggregate
from recognizer.drift.daily_stats import (
    AggregatesByPointer,
    last_dates,
    load_aggregates,
    sum_aggregates,
)
from recognizer.drift.detection import DriftFinding, detect_drift
from recognizer.models import Promotion

RECENT_WINDOW_DAYS = 7
BASELINE_WINDOW_DAYS = 28


def evaluate_drift(now: datetime) -> list[DriftFinding]:
    """The last 7 days, today among them, beside the 28 before; only whole days since the network
    that answers now began, for another one's answers say nothing of the drawings."""
    today = now.astimezone(UTC).date()
    dates = last_dates(now, RECENT_WINDOW_DAYS + BASELINE_WINDOW_DAYS)
    began = Promotion.objects.order_by("-id").values_list("created_at", flat=True).first()
    if began is not None:
        first = began.astimezone(UTC).date() + timedelta(days=1)
        dates = [one for one in dates if one >= first]
    by_date = load_aggregates(dates, today=today)
    turn = today - timedelta(days=RECENT_WINDOW_DAYS)
    before = _sum_days([tallies for one, tallies in by_date.items() if one <= turn])
    lately = _sum_days([tallies for one, tallies in by_date.items() if one > turn])
    return detect_drift(before, lately)


def _sum_days(days: list[AggregatesByPointer]) -> DrawingAggregate:
    return sum(map(sum_aggregates, days), start=DrawingAggregate())

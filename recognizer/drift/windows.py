"""The two stretches of time that the rule compares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recognizer.drift.days import Tallies, last_dates, read_tallies, total
from recognizer.drift.rule import Finding, judge_drift
from recognizer.drift.tally import Tally
from recognizer.models import Promotion

LATELY_DAYS = 7
BEFORE_DAYS = 28


def judge_now(now: datetime) -> list[Finding]:
    """The last 7 days, today among them, beside the 28 before; only whole days since the network
    that answers now began, for another one's answers say nothing of the drawings."""
    today = now.astimezone(UTC).date()
    dates = last_dates(now, LATELY_DAYS + BEFORE_DAYS)
    began = Promotion.objects.order_by("-id").values_list("created_at", flat=True).first()
    if began is not None:
        first = began.astimezone(UTC).date() + timedelta(days=1)
        dates = [one for one in dates if one >= first]
    by_date = read_tallies(dates, today=today)
    turn = today - timedelta(days=LATELY_DAYS)
    before = _sum([tallies for one, tallies in by_date.items() if one <= turn])
    lately = _sum([tallies for one, tallies in by_date.items() if one > turn])
    return judge_drift(before, lately)


def _sum(days: list[Tallies]) -> Tally:
    return sum(map(total, days), start=Tally())

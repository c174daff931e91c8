"""Limits on attempts, counted in the database: across all web processes, and without the broker."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import F, FloatField, Value
from django.db.models.functions import Greatest

from recognizer.base_errors import DomainError
from recognizer.models import AttemptBucket


class TooManyAttempts(DomainError):
    """The limit of an account, an address or a device is reached for the moment."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("Too many attempts. Wait, then try again.", retry_after_s=retry_after_s)


@dataclass(frozen=True)
class Limit:
    """At most `burst` attempts at the same moment, and then one every `interval_s` seconds."""

    burst: int
    interval_s: float

    def scale(self, factor: int) -> "Limit":
        return Limit(self.burst * factor, self.interval_s / factor)


@dataclass(frozen=True)
class AttemptCounter:
    """A number of attempts, named by `key` and bounded by `limit`.

    If `counts_failures_only`, `refund` subtracts a successful attempt.
    """

    key: str
    limit: Limit
    counts_failures_only: bool = True

    @property
    def row_key(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()


class CountedAttempt:
    """An attempt that counts at several counters."""

    def __init__(self, counters: Sequence[AttemptCounter]) -> None:
        self._counters = counters

    def refund(self) -> None:
        """Subtract a successful attempt from the counters of failures."""
        for counter in self._counters:
            if counter.counts_failures_only:
                _refund(counter)


def count_attempt(*counters: AttemptCounter) -> CountedAttempt:
    """Count an attempt before it is made, so that parallel attempts cannot exceed a limit.

    Raises TooManyAttempts. Then the attempt counts nowhere.
    """
    counted: list[AttemptCounter] = []
    for counter in counters:
        wait_s = _consume(counter)
        if wait_s > 0:
            for other in counted:
                _refund(other)
            raise TooManyAttempts(ceil(wait_s))
        counted.append(counter)
    return CountedAttempt(counted)


def clear_attempts(*keys: str) -> None:
    """Forget all attempts of these keys."""
    row_keys = [AttemptCounter(key, Limit(1, 1)).row_key for key in keys]
    AttemptBucket.objects.filter(key__in=row_keys).delete()


def delete_expired_attempts() -> None:
    AttemptBucket.objects.filter(empty_at__lt=time.time()).delete()


def _consume(counter: AttemptCounter) -> float:
    """Count an attempt and return 0, or return the seconds to wait.

    The UPDATE is a compare-and-set. Two parallel attempts cannot both take the last place.
    """
    limit, now = counter.limit, time.time()
    latest = now + (limit.burst - 1) * limit.interval_s
    rows = AttemptBucket.objects.filter(key=counter.row_key)
    moved = Greatest(F("empty_at"), Value(now, FloatField())) + limit.interval_s
    while not rows.filter(empty_at__lte=latest).update(empty_at=moved):
        empty_at = rows.values_list("empty_at", flat=True).first()
        if empty_at is not None and empty_at > latest:
            return float(empty_at) - latest
        new = AttemptBucket(key=counter.row_key, empty_at=now)
        AttemptBucket.objects.bulk_create([new], ignore_conflicts=True)
    return 0.0


def _refund(counter: AttemptCounter) -> None:
    rows = AttemptBucket.objects.filter(key=counter.row_key)
    rows.update(empty_at=F("empty_at") - counter.limit.interval_s)

"""Rate limits of users and addresses.

Each request spends from the budgets of its payer what it costs (recognizer.request_costs).

Each web process counts for itself: querying a shared counter for every message would cost more than
the message (docs/decisions/0004).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.db import connection

from recognizer.base_errors import DomainError
from recognizer.payers import Payer, find_budgets, is_guest

MIN_TRACKED_USERS = 4_096
MAX_RESUME_BURST = 4_000
RESUME_RATE_PER_S = 20.0
"""Drawings that resumes may send to a user: sending one costs as much as storing one."""
QUEUE_RECHECK_INTERVAL_S = 1.0
ADDRESS_BUDGET_FACTOR = 10
"""The budget of an address, in budgets of a user: a school class shares one."""

# The literal status lets SQLite use the small index of queued drawings. The plus keeps it from
# using the index of all drawings of the owner.
_COUNT_QUEUED_SQL = """
SELECT count(*) FROM recognizer_drawing
WHERE status = 'queued' AND deleted_at IS NULL AND +owner_id = %s
"""


class RateLimited(DomainError):
    """The user exceeded a rate limit; `retry_after_s` is rounded up to tenths of a second."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message, retry_after_s=ceil(10 * retry_after_s) / 10)


@dataclass(slots=True)
class _TokenBucket:
    """The budget of a payer at the time `refilled_at`, and the drawings that resumes may send.

    `slots` is the number of drawings that certainly fit into the user's share of the queue, so that
    no query is needed.
    """

    tokens: float
    resume_tokens: float
    refilled_at: float
    slots: int = 0


@dataclass(slots=True)
class _Quota:
    """An amount per time that is much longer than a minute, such as bytes per day."""

    left: float
    refilled_at: float


_lock = threading.Lock()
_buckets: dict[Payer, _TokenBucket] = {}
_quotas: dict[tuple[Payer, str], _Quota] = {}
_prune_threshold = MIN_TRACKED_USERS
_prune_quotas_threshold = MIN_TRACKED_USERS


def consume_tokens(payer: Payer, cost: float = 1, *, paid: float = 0) -> None:
    """Spend from the budget. Raises RateLimited.

    More than the burst passes with a full bucket, which then goes below zero. A cost of 0 passes
    unless the bucket is below zero. `paid` is the part of the cost that was spent before the
    content of the request was known. A refusal keeps it.
    """
    with _lock:
        buckets = [(budget, _refill_bucket(budget)) for budget in find_budgets(payer)]
        wait_s = max(_wait_s(budget, bucket, cost, paid) for budget, bucket in buckets)
        if not wait_s:
            for _, bucket in buckets:
                bucket.tokens -= max(0, cost - paid)
            return
    raise RateLimited("Too many requests; wait a moment.", retry_after_s=wait_s)


def seconds_until_affordable(payer: Payer, cost: float) -> float:
    """Return after how many seconds `consume_tokens` will accept the cost; 0 if it does now."""
    with _lock:
        return max(
            _wait_s(budget, _refill_bucket(budget), cost, 0) for budget in find_budgets(payer)
        )


def spend_tokens(payer: Payer, cost: float) -> None:
    """Spend a cost that is known after the response. The bucket may go below zero."""
    if cost:
        with _lock:
            for budget in find_budgets(payer):
                _refill_bucket(budget).tokens -= cost


def consume_quota(payer: Payer, kind: str, amount: float, *, limit: float, period_s: float) -> None:
    """Spend an amount of a quota of `limit` per period. Raises RateLimited."""
    now = time.monotonic()
    with _lock:
        quota = _quotas.get((payer, kind))
        if quota is None:
            _prune_quotas(now)
            quota = _quotas[payer, kind] = _Quota(limit, now)
        quota.left = min(limit, quota.left + (now - quota.refilled_at) * limit / period_s)
        quota.refilled_at = now
        missing = amount - quota.left
        if missing <= 0:
            quota.left -= amount
            return
    sentence = QUOTA_MESSAGES[kind]
    raise RateLimited(sentence, retry_after_s=min(missing * period_s / limit, period_s))


EXPORTS, STORED_BYTES = "exports", "stored_bytes"
QUOTA_MESSAGES = {
    EXPORTS: "You exported your data recently. Wait before you export it again.",
    STORED_BYTES: "You have reached the amount of drawings that you may store per day.",
}


def consume_export(payer: Payer) -> None:
    """Count an export of data. Raises RateLimited."""
    consume_quota(payer, EXPORTS, 1, limit=settings.EXPORTS_PER_HOUR, period_s=3600)


def consume_stored_bytes(payer: Payer, size: int) -> None:
    """Count bytes that are stored for a user or a guest. Raises RateLimited.

    The guests of one address store no more together than a user.
    """
    for budget in find_budgets(payer):
        limit = settings.GUEST_STORED_BYTES if is_guest(budget) else settings.STORED_BYTES_PER_DAY
        consume_quota(budget, STORED_BYTES, size, limit=limit, period_s=86_400)


def try_acquire_slots(user_id: int, count: int = 1) -> bool:
    """Reserve slots of the queue without a query.

    Returns False if they may not fit; then `acquire_slots` queries the database.
    """
    with _lock:
        allowance = _buckets.get(user_id)
        if allowance is None or allowance.slots < count:
            return False
        allowance.slots -= count
        return True


def acquire_slots(user_id: int, count: int = 1) -> None:
    """Count the queued drawings in the database and reserve `count` slots. Raises RateLimited.

    A batch larger than the user's share is accepted only if none of the user's drawings is queued.
    """
    queued, share = _count_queued(user_id), settings.MAX_PENDING_DRAWINGS
    if queued + min(count, share) > share:
        sentence = f"{queued} of your drawings wait for recognition; wait for some of them."
        raise RateLimited(sentence, retry_after_s=QUEUE_RECHECK_INTERVAL_S)
    with _lock:
        allowance = _refill_bucket(user_id)
        allowance.slots = max(0, share - queued - count)


def can_resume(user_id: int) -> bool:
    """Return whether a resume is allowed. Its size is known afterwards, so the bucket may go below
    zero."""
    with _lock:
        return _refill_bucket(user_id).resume_tokens > 0


def consume_resumes(user_id: int, drawings: int) -> None:
    with _lock:
        _refill_bucket(user_id).resume_tokens -= drawings


def check_limits(
    user_id: int, count: int = 1, *, payer: Payer, cost: float | None = None, paid: float = 0
) -> None:
    """Check the budget and the queue; may query the database. Raises RateLimited."""
    consume_tokens(payer, count if cost is None else cost, paid=paid)
    if not try_acquire_slots(user_id, count):
        acquire_slots(user_id, count)


def reset() -> None:
    """Forget all users, for tests."""
    with _lock:
        _buckets.clear()
        _quotas.clear()


def _factor(budget: Payer) -> float:
    if is_guest(budget):
        fraction: float = settings.GUEST_BUDGET_FRACTION
        return fraction
    return ADDRESS_BUDGET_FACTOR if isinstance(budget, str) else 1


def _wait_s(budget: Payer, bucket: _TokenBucket, cost: float, paid: float) -> float:
    """Return after how many seconds a bucket that was refilled now can spend the cost."""
    if bucket.tokens + paid >= cost:
        return 0.0
    needed = min(cost, settings.DRAWINGS_BURST * _factor(budget))
    missing = needed - bucket.tokens
    return _refill_time_s(budget, missing) if missing > paid else 0.0


def _refill_time_s(payer: Payer, missing: float) -> float:
    per_minute: float = settings.DRAWINGS_PER_MINUTE * _factor(payer)
    return 60 * missing / per_minute


def _refill_bucket(payer: Payer) -> _TokenBucket:
    now, factor = time.monotonic(), _factor(payer)
    per_s, burst = factor * settings.DRAWINGS_PER_MINUTE / 60, factor * settings.DRAWINGS_BURST
    allowance = _buckets.get(payer)
    if allowance is None:
        _prune_buckets(now)
        allowance = _buckets[payer] = _TokenBucket(burst, MAX_RESUME_BURST, now)
    passed_s = now - allowance.refilled_at
    allowance.tokens = min(burst, allowance.tokens + passed_s * per_s)
    allowance.resume_tokens = min(
        MAX_RESUME_BURST, allowance.resume_tokens + passed_s * RESUME_RATE_PER_S
    )
    allowance.refilled_at = now
    return allowance


def _prune_buckets(now: float) -> None:
    """Drop full buckets once there are many."""
    global _prune_threshold
    if len(_buckets) < _prune_threshold:
        return
    for payer, one in list(_buckets.items()):
        passed_s = now - one.refilled_at
        factor = _factor(payer)
        per_s, burst = factor * settings.DRAWINGS_PER_MINUTE / 60, factor * settings.DRAWINGS_BURST
        has_burst = one.tokens + passed_s * per_s >= burst
        if has_burst and one.resume_tokens + passed_s * RESUME_RATE_PER_S >= MAX_RESUME_BURST:
            del _buckets[payer]
    _prune_threshold = max(MIN_TRACKED_USERS, 2 * len(_buckets))


def _prune_quotas(now: float) -> None:
    """Drop the quotas that were not used for a day once there are many."""
    global _prune_quotas_threshold
    if len(_quotas) < _prune_quotas_threshold:
        return
    for key, one in list(_quotas.items()):
        if now - one.refilled_at >= 86_400:
            del _quotas[key]
    _prune_quotas_threshold = max(MIN_TRACKED_USERS, 2 * len(_quotas))


def _count_queued(user_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_QUEUED_SQL, [user_id])
        return int(cursor.fetchone()[0])

"""Rate limits of users.

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

MIN_TRACKED_USERS = 4_096
MAX_RESUME_BURST = 4_000
RESUME_RATE_PER_S = 20.0
"""Drawings that resumes may send to a user: sending one costs as much as storing one."""
QUEUE_RECHECK_INTERVAL_S = 1.0

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
    """The allowance of a user at the time `refilled_at`: messages, and drawings sent by resumes.

    `slots` is the number of drawings that certainly fit into the user's share of the queue, so that
    no query is needed.
    """

    tokens: float
    resume_tokens: float
    refilled_at: float
    slots: int = 0


_lock = threading.Lock()
_buckets: dict[int, _TokenBucket] = {}
_prune_threshold = MIN_TRACKED_USERS


def consume_tokens(user_id: int, count: int = 1) -> None:
    """Count messages against the rate. Raises RateLimited.

    More than the burst passes with a full bucket, which then goes below zero.
    """
    needed = min(count, settings.DRAWINGS_BURST)
    with _lock:
        allowance = _refill_bucket(user_id)
        missing = needed - allowance.tokens
        if missing <= 0:
            allowance.tokens -= count
            return
    sentence = f"At most {settings.DRAWINGS_PER_MINUTE} drawings a minute; wait a moment."
    raise RateLimited(sentence, retry_after_s=60 * missing / settings.DRAWINGS_PER_MINUTE)


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


def check_limits(user_id: int, count: int = 1) -> None:
    """Check the rate and the queue; may query the database. Raises RateLimited."""
    consume_tokens(user_id, count)
    if not try_acquire_slots(user_id, count):
        acquire_slots(user_id, count)


def reset() -> None:
    """Forget all users, for tests."""
    with _lock:
        _buckets.clear()


def _refill_bucket(user_id: int) -> _TokenBucket:
    now, per_s = time.monotonic(), settings.DRAWINGS_PER_MINUTE / 60
    allowance = _buckets.get(user_id)
    if allowance is None:
        _prune_buckets(now, per_s)
        allowance = _TokenBucket(settings.DRAWINGS_BURST, MAX_RESUME_BURST, now)
        _buckets[user_id] = allowance
    passed_s = now - allowance.refilled_at
    allowance.tokens = min(settings.DRAWINGS_BURST, allowance.tokens + passed_s * per_s)
    allowance.resume_tokens = min(
        MAX_RESUME_BURST, allowance.resume_tokens + passed_s * RESUME_RATE_PER_S
    )
    allowance.refilled_at = now
    return allowance


def _prune_buckets(now: float, per_s: float) -> None:
    """Drop full buckets once there are many."""
    global _prune_threshold
    if len(_buckets) < _prune_threshold:
        return
    for user_id, one in list(_buckets.items()):
        passed_s = now - one.refilled_at
        has_burst = one.tokens + passed_s * per_s >= settings.DRAWINGS_BURST
        if has_burst and one.resume_tokens + passed_s * RESUME_RATE_PER_S >= MAX_RESUME_BURST:
            del _buckets[user_id]
    _prune_threshold = max(MIN_TRACKED_USERS, 2 * len(_buckets))


def _count_queued(user_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_QUEUED_SQL, [user_id])
        return int(cursor.fetchone()[0])

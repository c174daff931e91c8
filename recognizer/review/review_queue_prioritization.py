"""Selection and order of drawings in the review queue.

The queue is short and always current. A maintenance job fills it, and so does a reviewer who finds
it empty.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from math import inf
from operator import itemgetter
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from recognizer.models import (
    NOT_A_DIGIT_LABEL,
    Drawing,
    Label,
    Prediction,
    ReviewItem,
    ReviewReason,
)
from recognizer.review.double_review_and_gold_items import select_further_reviews, select_gold_items
from recognizer.review.hidden_checks import keyed_random
from recognizer.review.holdout_quota import count_holdout, is_holdout_full
from recognizer.review.review_candidates import Candidate, load_candidates

FULL_INTERVAL_S = 60.0
MAX_QUEUE_SIZE = 500
MAX_ITEMS_PER_USER = 25
TURN_PENALTY = 0.01
"""Each further drawing of the same user has a lower priority, so that users take turns."""
MAX_UNCERTAIN_MARGIN = 0.5
AUDIT_FRACTION = 0.1
UNKNOWN_CLAIM_WEIGHT = 0.5
"""Conflicts with claims of less accurate users have a lower priority."""
NOVELTY_DISTANCE = 0.5
"""Embedding distance that 1 % of pen digits and 99 % of letters exceed."""
MIN_RANDOM_PRIORITY = 0.7
"""Holdout drawings and the sample of prompted drawings rank among the others: without them no model
can be evaluated and promoted, and no accuracy of prompted drawings is known."""
PROMPT_SAMPLE_FRACTION = 0.2
MAX_DIVERSITY_PRIORITY = 0.3
"""Drawings without any doubt come last."""


def resolved_items() -> Q:
    """Match items whose drawings have received ground truth without a review of the item. Further
    reviews and gold stay."""
    current = Q(is_gold=False) & Q(drawing__ground_truth__revision=F("revision"))
    has_label = current & Q(drawing__ground_truth__value__isnull=False) & Q(is_second=False)
    return has_label | (current & Q(drawing__ground_truth__is_set_aside=True))


class QueueFilling:
    """The periodic job. It looks for further drawings if predictions, labels or the queue have
    changed since its last run, and every FULL_INTERVAL_S: embeddings have no order."""

    def __init__(self) -> None:
        self._newest: tuple[object, ...] = ()
        self._queue_size = -1
        self._filled_at = -inf

    def run(self) -> int:
        """Delete stale items, and return the number of added items."""
        now, newest = time.monotonic(), _find_newest()
        is_recent = now < self._filled_at + FULL_INTERVAL_S
        _delete_stale_items(timezone.now())
        if is_recent and (newest, ReviewItem.objects.count()) == (self._newest, self._queue_size):
            return 0
        added = fill_queue(timezone.now())
        self._newest, self._filled_at = newest, now
        self._queue_size = ReviewItem.objects.count()
        return added


def _find_newest() -> tuple[object, ...]:
    """Return the newest prediction, label and deletion: the ends of three indexes."""
    deleted = Drawing.objects.filter(deleted_at__isnull=False).order_by("-deleted_at")
    return (
        Prediction.objects.order_by("-pk").values_list("pk", flat=True).first(),
        Label.objects.order_by("-pk").values_list("pk", flat=True).first(),
        deleted.values_list("deleted_at", flat=True).first(),
    )


def fill_queue(now: datetime) -> int:
    """Delete stale items, add drawings with a higher priority than the queued ones, and return the
    number of added items. Concurrent calls are harmless."""
    _delete_stale_items(now)
    holdout, found = None if is_holdout_full() else count_holdout(), []
    for candidate in sorted(load_candidates(), key=lambda one: keyed_random(one.id, "turn")):
        is_holdout_needed = holdout is not None and holdout.needs_drawing(candidate)
        if holdout is not None and is_holdout_needed:
            holdout.add(candidate.expected_label, candidate.owner_id)
        if reason_and_priority := compute_priority(candidate, is_holdout_needed=is_holdout_needed):
            item = ReviewItem(drawing_id=candidate.id, revision=candidate.revision)
            item.reason, item.priority = reason_and_priority
            found.append((candidate.owner_id, item))
    items = [*_limit_per_user(found), *select_further_reviews()]
    floor = _lowest_queued_priority()
    added = [item for item in items if item.priority > floor]
    added += select_gold_items(added)
    ReviewItem.objects.bulk_create(added, ignore_conflicts=True)
    _trim_queue()
    return len(added)


def _limit_per_user(found: Iterable[tuple[int, ReviewItem]]) -> Iterator[ReviewItem]:
    """Yield at most MAX_ITEMS_PER_USER items of each user, with those in the queue. One account
    cannot fill the queue, and its drawings are spread over the queue."""
    queued = ReviewItem.objects.filter(is_gold=False, is_second=False)
    turns = Counter(queued.values_list("drawing__owner_id", flat=True))
    for owner_id, item in sorted(found, key=lambda pair: -pair[1].priority):
        if turns[owner_id] < MAX_ITEMS_PER_USER:
            item.priority = max(0.0, item.priority - TURN_PENALTY * turns[owner_id])
            turns[owner_id] += 1
            yield item


def compute_priority(
    candidate: Candidate, *, is_holdout_needed: bool
) -> tuple[ReviewReason, float] | None:
    """Return the reason for reviewing a drawing and its priority from 0 to 1, or None.

    Holdout drawings are chosen at random only. If they were selected by the champion's errors, they
    would be harder for the champion than for an equal challenger. `is_holdout_needed` is true if
    the holdout lacks such drawings.
    """
    if candidate.is_disputed:
        return ReviewReason.REVIEWERS, 1.0
    if candidate.is_holdout:
        if not is_holdout_needed:
            return None
        return _random_check(candidate)
    if candidate.is_prompted and is_sampled_prompt(candidate.id):
        return _random_check(candidate)
    return max(_list_priorities(candidate), key=itemgetter(1))


def _list_priorities(candidate: Candidate) -> Iterator[tuple[ReviewReason, float]]:
    """Yield each reason for reviewing a drawing.

    In this order, 200 reviews improve a model as much as 400 in random order. They were measured
    with bench.reviewers.review_order.
    """
    if candidate.distance > NOVELTY_DISTANCE and candidate.predicted_label != NOT_A_DIGIT_LABEL:
        yield ReviewReason.NOVEL, 0.6 + 0.4 * min(1.0, candidate.distance)
    if not candidate.is_confident or candidate.margin < MAX_UNCERTAIN_MARGIN:
        yield ReviewReason.MARGIN, 0.9 - 0.5 * min(1.0, candidate.margin / MAX_UNCERTAIN_MARGIN)
    if candidate.claim is not None and candidate.claim != candidate.predicted_label:
        trust = min(1.0, candidate.claim_weight / UNKNOWN_CLAIM_WEIGHT)
        yield ReviewReason.CONFLICT, trust * (0.5 + (1 - candidate.confidence) / 2)
    if candidate.is_contradicted:
        yield ReviewReason.MODELS, 0.7
    if keyed_random(candidate.id, "audit") < AUDIT_FRACTION:
        yield ReviewReason.AUDIT, _random_rank(candidate)
    yield ReviewReason.DIVERSE, MAX_DIVERSITY_PRIORITY * _random_rank(candidate)


def is_sampled_prompt(drawing_id: UUID) -> bool:
    """Return whether reviewers check a prompted drawing whatever its prediction is: a random sample
    shows the share of wrong claims without bias."""
    return keyed_random(drawing_id, "prompt") < PROMPT_SAMPLE_FRACTION


def _random_check(candidate: Candidate) -> tuple[ReviewReason, float]:
    rank = _random_rank(candidate)
    return ReviewReason.AUDIT, MIN_RANDOM_PRIORITY + (1 - MIN_RANDOM_PRIORITY) * rank


def _random_rank(candidate: Candidate) -> float:
    return keyed_random(candidate.id, "place")


def _delete_stale_items(now: datetime) -> None:
    """Delete items whose drawing was changed, deleted, withdrawn or resolved. Leased items stay."""
    is_changed = ~Q(revision=F("drawing__revision")) | Q(drawing__deleted_at__isnull=False)
    is_withdrawn = Q(drawing__owner__may_teach=False) | Q(drawing__owner__is_active=False)
    is_not_gold = Q(is_gold=True) & (
        Q(drawing__gold_drawing=None) | Q(drawing__gold_drawing__suspended_at__isnull=False)
    )
    has_doubt = Q(drawing__claim__isnull=False) & ~Q(drawing__claim=F("drawing__prediction__digit"))
    has_doubt |= Q(drawing__embedding__distance__gt=NOVELTY_DISTANCE)
    is_doubted = (
        Q(reason=ReviewReason.DIVERSE, drawing__prediction__digit__isnull=False) & has_doubt
    )
    queued = list(ReviewItem.objects.values_list("pk", flat=True))  # see _waiting_items
    stale = ReviewItem.objects.filter(drawing__pk__in=queued).filter(
        is_doubted | is_changed | is_withdrawn | is_not_gold | resolved_items()
    )
    free = stale.filter(Q(lease_until=None) | Q(lease_until__lte=now))
    ReviewItem.objects.filter(pk__in=list(free.values_list("pk", flat=True))).delete()


def _lowest_queued_priority() -> float:
    """Return the priority that a new item must exceed, or -1 if the queue is not full."""
    last = ReviewItem.objects.order_by("-priority").values_list("priority", flat=True)
    return next(iter(last[MAX_QUEUE_SIZE - 1 : MAX_QUEUE_SIZE]), -1.0)


def _trim_queue() -> None:
    unleased = ReviewItem.objects.filter(lease=None).order_by("-priority", "drawing_id")
    surplus = list(unleased.values_list("pk", flat=True)[MAX_QUEUE_SIZE:])
    if surplus:
        ReviewItem.objects.filter(pk__in=surplus, lease=None).delete()

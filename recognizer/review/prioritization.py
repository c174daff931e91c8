"""Which drawings are worth a reviewer's second, why, and in which order.

The queue is short and always about now: a sweep and whoever finds nothing to review fill it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter

from django.db.models import F, Q

from recognizer.models import NOT_A_DIGIT_LABEL, ReviewItem, ReviewReason
from recognizer.review.candidates import Candidate, load_candidates
from recognizer.review.holdout_quota import count_holdout
from recognizer.review.quality_checks import select_double_reviews, select_gold_items, stable_random

MAX_QUEUE_SIZE = 500
MAX_UNCERTAIN_MARGIN = 0.5
AUDIT_FRACTION = 0.1
NOVELTY_DISTANCE = 0.5
"""The distance beyond which 1 % of pen writers' digits lie, and 99 % of letters."""
MIN_HOLDOUT_PRIORITY = 0.7
"""What the holdout lacks comes among what teaches: a lesson that cannot be judged never serves."""
MAX_DIVERSITY_PRIORITY = 0.3
"""What nobody doubts comes last, when reviewers have time."""


def resolved_items() -> Q:
    """Cards of drawings whose truth came by another way meanwhile. Random checks stay: they may be
    second looks."""
    current = Q(is_gold=False) & Q(drawing__ground_truth__revision=F("revision"))
    settled = (
        current & Q(drawing__ground_truth__value__isnull=False) & ~Q(reason=ReviewReason.AUDIT)
    )
    return settled | (current & Q(drawing__ground_truth__is_set_aside=True))


def fill_queue(now: datetime) -> int:
    """Forget cards that are about nothing any more, and put in what is worth more than the rest;
    how many. Two that fill at once do no harm."""
    _delete_stale_items(now)
    holdout, cards = count_holdout(), []
    for one in sorted(load_candidates(), key=lambda one: stable_random(one.id, "turn")):
        is_holdout_needed = holdout.needs_drawing(one)
        if is_holdout_needed:
            holdout.add(one.expected_label, one.owner_id)
        cards += _make_items(one, is_holdout_needed=is_holdout_needed)
    cards += select_double_reviews()
    floor = _lowest_queued_priority()
    added = [card for card in cards if card.priority > floor]
    added += select_gold_items(added)
    ReviewItem.objects.bulk_create(added, ignore_conflicts=True)
    _trim_queue()
    return len(added)


def compute_priority(
    one: Candidate, *, is_holdout_needed: bool
) -> tuple[ReviewReason, float] | None:
    """Why a drawing is worth a second, and how much, from 0 to 1; None when it is not.

    What judges networks is taken at random only: chosen for the champion's mistakes, it would be
    harder for the champion than for an equal challenger. `is_wanted`: the holdout lacks such ones.
    """
    if one.is_disputed:
        return ReviewReason.REVIEWERS, 1.0
    if one.is_holdout:
        return (
            (
                ReviewReason.AUDIT,
                MIN_HOLDOUT_PRIORITY + (1 - MIN_HOLDOUT_PRIORITY) * _random_rank(one),
            )
            if is_holdout_needed
            else None
        )
    return max(_list_priorities(one), key=itemgetter(1))


def _list_priorities(one: Candidate) -> Iterator[tuple[ReviewReason, float]]:
    """All that speaks for a drawing. The numbers are those of bench/review_order.py: ordered by
    them, 200 reviews teach what 400 in random order do."""
    if one.distance > NOVELTY_DISTANCE and one.answer != NOT_A_DIGIT_LABEL:
        yield ReviewReason.NOVEL, 0.6 + 0.4 * min(1.0, one.distance)
    if not one.is_confident or one.margin < MAX_UNCERTAIN_MARGIN:
        yield ReviewReason.MARGIN, 0.9 - 0.5 * min(1.0, one.margin / MAX_UNCERTAIN_MARGIN)
    if one.claim is not None and one.claim != one.answer:
        yield ReviewReason.CONFLICT, 0.5 + (1 - one.confidence) / 2
    if one.is_contradicted:
        yield ReviewReason.MODELS, 0.7
    if stable_random(one.id, "audit") < AUDIT_FRACTION:
        yield ReviewReason.AUDIT, _random_rank(one)
    yield ReviewReason.DIVERSE, MAX_DIVERSITY_PRIORITY * _random_rank(one)


def _random_rank(one: Candidate) -> float:
    return stable_random(one.id, "place")


def _make_items(one: Candidate, *, is_holdout_needed: bool) -> list[ReviewItem]:
    worth = compute_priority(one, is_holdout_needed=is_holdout_needed)
    if worth is None:
        return []
    reason, priority = worth
    return [ReviewItem(drawing_id=one.id, revision=one.revision, reason=reason, priority=priority)]


def _delete_stale_items(now: datetime) -> None:
    """Cards of drawings that grew, went or were settled otherwise; not what somebody has now."""
    grown = ~Q(revision=F("drawing__revision")) | Q(drawing__deleted_at__isnull=False)
    kept_out = Q(drawing__owner__may_teach=False) | Q(drawing__owner__is_active=False)
    no_gold = Q(is_gold=True) & Q(drawing__gold_drawing=None)
    doubts = Q(drawing__claim__isnull=False) & ~Q(drawing__claim=F("drawing__prediction__digit"))
    doubts |= Q(drawing__embedding__distance__gt=NOVELTY_DISTANCE)
    doubted = Q(reason=ReviewReason.DIVERSE, drawing__prediction__digit__isnull=False) & doubts
    stale = ReviewItem.objects.filter(doubted | grown | kept_out | no_gold | resolved_items())
    free = stale.filter(Q(lease_until=None) | Q(lease_until__lte=now))
    ReviewItem.objects.filter(pk__in=list(free.values_list("pk", flat=True))).delete()


def _lowest_queued_priority() -> float:
    """What a card must be worth more than to come in: nothing, until the queue is full."""
    last = ReviewItem.objects.order_by("-priority").values_list("priority", flat=True)
    return next(iter(last[MAX_QUEUE_SIZE - 1 : MAX_QUEUE_SIZE]), -1.0)


def _trim_queue() -> None:
    over = ReviewItem.objects.filter(lease=None).order_by("-priority", "drawing_id")
    surplus = list(over.values_list("pk", flat=True)[MAX_QUEUE_SIZE:])
    if surplus:
        ReviewItem.objects.filter(pk__in=surplus, lease=None).delete()

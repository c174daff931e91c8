"""Which drawings are worth a reviewer's second, why, and in which order.

The queue is short and always about now: a sweep and whoever finds nothing to review fill it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter

from django.db.models import F, Q

from recognizer.models import NOT_A_DIGIT_LABEL, ReviewItem, ReviewReason
from recognizer.review.again import chance, hidden_gold, second_looks
from recognizer.review.candidates import Candidate, read_candidates
from recognizer.review.holdout import count_holdout

QUEUE_SIZE = 500
NARROW_MARGIN = 0.5
AUDIT_SHARE = 0.1
FAR = 0.5
"""The distance beyond which 1 % of pen writers' digits lie, and 99 % of letters."""
WANTED = 0.7
"""What the holdout lacks comes among what teaches: a lesson that cannot be judged never serves."""
WHEN_IDLE = 0.3
"""What nobody doubts comes last, when reviewers have time."""


def is_settled() -> Q:
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
    _forget_stale(now)
    holdout, cards = count_holdout(), []
    for one in sorted(read_candidates(), key=lambda one: chance(one.id, "turn")):
        is_wanted = holdout.wants(one)
        if is_wanted:
            holdout.add(one.guess, one.owner_id)
        cards += _card_of(one, is_wanted=is_wanted)
    cards += second_looks()
    floor = _lowest_kept()
    added = [card for card in cards if card.priority > floor]
    added += hidden_gold(added)
    ReviewItem.objects.bulk_create(added, ignore_conflicts=True)
    _trim()
    return len(added)


def judge_worth(one: Candidate, *, is_wanted: bool) -> tuple[ReviewReason, float] | None:
    """Why a drawing is worth a second, and how much, from 0 to 1; None when it is not.

    What judges networks is taken at random only: chosen for the champion's mistakes, it would be
    harder for the champion than for an equal challenger. `is_wanted`: the holdout lacks such ones.
    """
    if one.is_disputed:
        return ReviewReason.REVIEWERS, 1.0
    if one.is_holdout:
        return (ReviewReason.AUDIT, WANTED + (1 - WANTED) * _place(one)) if is_wanted else None
    return max(_judge_by_doubt(one), key=itemgetter(1))


def _judge_by_doubt(one: Candidate) -> Iterator[tuple[ReviewReason, float]]:
    """All that speaks for a drawing. The numbers are those of bench/review_order.py: ordered by
    them, 200 reviews teach what 400 in random order do."""
    if one.distance > FAR and one.answer != NOT_A_DIGIT_LABEL:
        yield ReviewReason.NOVEL, 0.6 + 0.4 * min(1.0, one.distance)
    if not one.is_sure or one.margin < NARROW_MARGIN:
        yield ReviewReason.MARGIN, 0.9 - 0.5 * min(1.0, one.margin / NARROW_MARGIN)
    if one.claim is not None and one.claim != one.answer:
        yield ReviewReason.CONFLICT, 0.5 + (1 - one.confidence) / 2
    if one.is_contradicted:
        yield ReviewReason.MODELS, 0.7
    if chance(one.id, "audit") < AUDIT_SHARE:
        yield ReviewReason.AUDIT, _place(one)
    yield ReviewReason.DIVERSE, WHEN_IDLE * _place(one)


def _place(one: Candidate) -> float:
    return chance(one.id, "place")


def _card_of(one: Candidate, *, is_wanted: bool) -> list[ReviewItem]:
    worth = judge_worth(one, is_wanted=is_wanted)
    if worth is None:
        return []
    reason, priority = worth
    return [ReviewItem(drawing_id=one.id, revision=one.revision, reason=reason, priority=priority)]


def _forget_stale(now: datetime) -> None:
    """Cards of drawings that grew, went or were settled otherwise; not what somebody has now."""
    grown = ~Q(revision=F("drawing__revision")) | Q(drawing__deleted_at__isnull=False)
    kept_out = Q(drawing__owner__may_teach=False) | Q(drawing__owner__is_active=False)
    no_gold = Q(is_gold=True) & Q(drawing__gold_drawing=None)
    doubts = Q(drawing__claim__isnull=False) & ~Q(drawing__claim=F("drawing__prediction__digit"))
    doubts |= Q(drawing__embedding__distance__gt=FAR)
    doubted = Q(reason=ReviewReason.DIVERSE, drawing__prediction__digit__isnull=False) & doubts
    stale = ReviewItem.objects.filter(doubted | grown | kept_out | no_gold | is_settled())
    free = stale.filter(Q(lease_until=None) | Q(lease_until__lte=now))
    ReviewItem.objects.filter(pk__in=list(free.values_list("pk", flat=True))).delete()


def _lowest_kept() -> float:
    """What a card must be worth more than to come in: nothing, until the queue is full."""
    last = ReviewItem.objects.order_by("-priority").values_list("priority", flat=True)
    return next(iter(last[QUEUE_SIZE - 1 : QUEUE_SIZE]), -1.0)


def _trim() -> None:
    over = ReviewItem.objects.filter(lease=None).order_by("-priority", "drawing_id")
    surplus = list(over.values_list("pk", flat=True)[QUEUE_SIZE:])
    if surplus:
        ReviewItem.objects.filter(pk__in=surplus, lease=None).delete()

"""The queue of drawings that are worth a reviewer's second. A lease keeps a card for one reviewer;
nobody gets their own drawing, nor one they have judged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Now
from django.utils import timezone

from recognizer.models import Drawing, Label, LabelKind, ReviewItem, ReviewReason, Status, User
from recognizer.review.errors import CannotReview
from recognizer.review.ground_truth import append_label_event
from recognizer.review.prioritization import fill_queue, resolved_items

REVIEW_KINDS = (LabelKind.REVIEW, LabelKind.GOLD)
LEASE_BATCH_SIZE = 8  # cards tried before the queue is read again: others may take them meanwhile
MAX_LEASE_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class LeasedItem:
    """A drawing in a reviewer's hand until `until`, and why it was chosen."""

    drawing: Drawing
    lease: UUID
    until: datetime
    reason: ReviewReason


def lease_next_item(
    *, reviewer: User, digit: int | None = None, exclude_ids: Collection[UUID] = ()
) -> LeasedItem | None:
    """The card this reviewer holds already, else the first that is free; None when there is none.
    `besides` are drawings in hand, of which another is not wanted; `digit` keeps drawings that
    were answered or claimed to be it."""
    found = _find_and_lease(reviewer, digit, exclude_ids)
    if found is None and fill_queue(timezone.now()):
        found = _find_and_lease(reviewer, digit, exclude_ids)
    return found


def submit_review(
    *,
    reviewer: User,
    drawing_id: UUID,
    lease: UUID | None,
    decision: int | None,
    blind: bool,
    source: str,
) -> Label:
    """A verdict on the drawing of a card one holds: 0 to 9, NOT_A_DIGIT, or None, which skips it:
    it waits for somebody else. Raises CannotDecide.

    The lease counts, not its time: as long as nobody else got the card, it is still one's own.
    """
    with transaction.atomic():
        drawing = _load_reviewable(drawing_id, reviewer)
        card = ReviewItem.objects.filter(pk=drawing_id, lease=lease, leased_by=reviewer).first()
        if card is None or lease is None:
            raise CannotReview("lease_expired")
        if card.revision != drawing.revision:
            raise CannotReview("stale")
        label = append_label_event(
            drawing=drawing,
            author=reviewer,
            kind=LabelKind.GOLD if card.is_gold else LabelKind.REVIEW,
            value=decision,
            source=source,
            blind=blind,
            reason=card.reason,
        )
        ours = ReviewItem.objects.filter(pk=drawing_id, lease=lease)
        if decision is None:
            is_ours = ours.update(lease=None, leased_by=None, lease_until=None)
        else:
            is_ours, _ = ours.delete()
        if not is_ours:
            raise CannotReview("lease_expired")
    return label


def undo_review(*, reviewer: User, drawing_id: UUID, source: str) -> LeasedItem | None:
    """Undo the newest thing this reviewer said about the drawing; its card comes back to them,
    unless another has it meanwhile, or its owner has said no to that others look. Raises
    CannotDecide."""
    with transaction.atomic():
        drawing = _load_reviewable(drawing_id, reviewer)
        said = reviews_of(reviewer).filter(drawing=drawing, revision=drawing.revision).first()
        if said is None:
            raise CannotReview("nothing_to_undo")
        append_label_event(
            drawing=drawing,
            author=reviewer,
            kind=LabelKind.UNDO,
            value=None,
            source=source,
            undoes=said,
        )
        if not (drawing.owner.may_teach and drawing.owner.is_active):
            return None
        card, _ = ReviewItem.objects.get_or_create(
            drawing=drawing,
            defaults={
                "revision": drawing.revision,
                "reason": said.reason or ReviewReason.AUDIT,
                "priority": 1.0,
                "is_gold": said.kind == LabelKind.GOLD,
            },
        )
    card.drawing = drawing
    return _acquire_lease(card, reviewer, is_held=False)


def reviews_of(reviewer: User) -> QuerySet[Label]:
    """What this reviewer decided and did not undo, the newest first."""
    said = Label.objects.filter(author=reviewer, kind__in=REVIEW_KINDS, undone_by=None)
    return said.order_by("-id")


def count_waiting(reviewer: User) -> int:
    """How many cards wait that this reviewer could get, those in their hand included."""
    mine = Q(leased_by=reviewer) | _free_items()
    return _waiting_items(reviewer).filter(mine).count()


def _find_and_lease(
    reviewer: User, digit: int | None, exclude_ids: Collection[UUID]
) -> LeasedItem | None:
    for _ in range(MAX_LEASE_ATTEMPTS):
        waiting = _waiting_items(reviewer, digit).exclude(pk__in=exclude_ids)
        held = list(waiting.filter(leased_by=reviewer, lease_until__gt=Now())[:1])
        cards = held or list(waiting.filter(_free_items())[:LEASE_BATCH_SIZE])
        if not cards:
            return None
        for card in cards:
            if (taken := _acquire_lease(card, reviewer, is_held=bool(held))) is not None:
                return taken
    return None


def _load_reviewable(drawing_id: UUID, reviewer: User) -> Drawing:
    related = Drawing.objects.select_related("owner", "prediction__model")
    found = related.filter(pk=drawing_id).first()
    if found is None:
        raise CannotReview("not_found")
    if found.owner_id == reviewer.pk:
        raise CannotReview("own_drawing")
    if found.deleted_at is not None:
        raise CannotReview("deleted")
    return found


def _waiting_items(reviewer: User, digit: int | None = None) -> QuerySet[ReviewItem]:
    """Cards about the newest revision of drawings this reviewer may judge and has not, the first
    first."""
    judged = Label.objects.filter(
        drawing=OuterRef("pk"),
        author=reviewer,
        kind__in=REVIEW_KINDS,
        revision=OuterRef("revision"),
        undone_by=None,
    )
    cards = ReviewItem.objects.filter(
        ~Exists(judged),
        revision=F("drawing__revision"),
        drawing__deleted_at=None,
        drawing__status=Status.RECOGNIZED,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )
    cards = cards.exclude(drawing__owner=reviewer).exclude(resolved_items())
    if digit is not None:
        cards = cards.filter(Q(drawing__claim=digit) | Q(drawing__prediction__digit=digit))
    related = cards.select_related("drawing__prediction__model")
    return related.defer("drawing__prediction__model__card").order_by("-priority", "drawing_id")


def _free_items() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=Now())


def _acquire_lease(card: ReviewItem, reviewer: User, *, is_held: bool) -> LeasedItem | None:
    """Take it, or hold what one has for longer; None when somebody else was faster."""
    seconds = settings.REVIEW_LEASE_S
    until = ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
    lease = card.lease if is_held and card.lease else uuid4()
    still = Q(lease=lease, leased_by=reviewer) if is_held else _free_items()
    # A card may go and come again between reading and taking it; created_at tells it is this one.
    same = ReviewItem.objects.filter(still, pk=card.pk, created_at=card.created_at)
    if not same.update(lease=lease, leased_by=reviewer, lease_until=until):
        return None
    ends_at = timezone.now() + timedelta(seconds=seconds)
    return LeasedItem(card.drawing, lease, ends_at, ReviewReason(card.reason))

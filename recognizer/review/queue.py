"""The review queue. A lease reserves an item for one reviewer. Reviewers never get their own
drawings, nor drawings that they have reviewed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Count,
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

from recognizer.drawings.recent_and_trainable_conditions import trainable_filter
from recognizer.models import (
    Drawing,
    GroundTruth,
    Label,
    LabelKind,
    ReviewItem,
    ReviewReason,
    Split,
    User,
)
from recognizer.review.errors import CannotReview
from recognizer.review.ground_truth import append_label_event
from recognizer.review.holdout_quota import can_lease_holdout, count_leasable_holdout
from recognizer.review.review_queue_prioritization import fill_queue, resolved_items

REVIEW_KINDS = (LabelKind.REVIEW, LabelKind.GOLD)
MAX_HELD_ITEMS = 3
"""Leased items of one reviewer: the one that is shown, the next one, and one being sent."""
LEASE_BATCH_SIZE = 8  # items to try before reading the queue again: others lease concurrently
MAX_LEASE_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class LeasedItem:
    """A drawing that is reserved for a reviewer until `lease_until`, and the reason for its
    review. `key` names the item; it does not tell the id of the drawing."""

    key: UUID
    drawing: Drawing
    lease: UUID
    lease_until: datetime
    reason: ReviewReason


def lease_next_item(
    *, reviewer: User, digit: int | None = None, exclude_keys: Collection[UUID] = ()
) -> LeasedItem | None:
    """Return the item that the reviewer holds already, else the first free one, or None.
    `exclude_keys` are items that the client has loaded. `digit` selects drawings with this claim or
    prediction. A reviewer who holds MAX_HELD_ITEMS items gets no other one."""
    found = _find_and_lease(reviewer, digit, exclude_keys)
    if found is None and fill_queue(timezone.now()):
        found = _find_and_lease(reviewer, digit, exclude_keys)
    return found


def submit_review(
    *,
    reviewer: User,
    key: UUID,
    lease: UUID | None,
    value: int | None,
    blind: bool,
    source: str,
) -> Label:
    """Append a review of the drawing of a leased item and return its label.

    `value` is 0 to 9, NOT_A_DIGIT_LABEL, or None to skip: the item is then free for another
    reviewer. An expired lease is still valid while no other reviewer has got the item. Raises
    CannotReview, with the same code for an unknown item and for one that the reviewer does not
    hold.
    """
    with transaction.atomic():
        held = ReviewItem.objects.filter(key=key, lease=lease, leased_by=reviewer)
        item = held.select_related("drawing__owner", "drawing__prediction__model").first()
        if item is None or lease is None:
            raise CannotReview("lease_expired")
        drawing = item.drawing
        _check_reviewable(drawing)
        if item.revision != drawing.revision:
            raise CannotReview("stale")
        kind = LabelKind.GOLD if item.is_gold else LabelKind.REVIEW
        label = Label(author=reviewer, kind=kind, value=value, source=source, blind=blind)
        label.reason, label.item = item.reason, item.key
        append_label_event(drawing, label)
        row = ReviewItem.objects.filter(key=key, lease=lease)
        if value is None:
            is_ours = row.update(lease=None, leased_by=None, lease_until=None)
        else:
            is_ours, _ = row.delete()
        if not is_ours:
            raise CannotReview("lease_expired")
    return label


def undo_review(*, reviewer: User, key: UUID, source: str) -> LeasedItem | None:
    """Undo the reviewer's latest label of an item and lease the item to them again.

    Returns None if another reviewer has got the item, or if the owner has withdrawn consent. Raises
    CannotReview.
    """
    with transaction.atomic():
        labels = reviews_of(reviewer).filter(item=key, revision=F("drawing__revision"))
        label = labels.select_related("drawing__owner", "drawing__prediction__model").first()
        if label is None or label.drawing.deleted_at is not None:
            raise CannotReview("nothing_to_undo")
        drawing = label.drawing
        undo = Label(author=reviewer, kind=LabelKind.UNDO, source=source, undoes=label)
        append_label_event(drawing, undo)
        if not (drawing.owner.may_teach and drawing.owner.is_active):
            return None
        has_ground_truth = GroundTruth.objects.filter(
            drawing=drawing, revision=drawing.revision, value__isnull=False
        ).exists()
        item, _ = ReviewItem.objects.get_or_create(
            drawing=drawing,
            defaults={
                "key": key,
                "revision": drawing.revision,
                "reason": label.reason or ReviewReason.AUDIT,
                "priority": 1.0,
                "is_gold": label.kind == LabelKind.GOLD,
                "is_second": has_ground_truth,
            },
        )
    item.drawing = drawing
    return _acquire_lease(item, reviewer, is_held=False)


def reviews_of(reviewer: User) -> QuerySet[Label]:
    """Return the reviewer's labels that were not undone, newest first."""
    labels = Label.objects.filter(author=reviewer, kind__in=REVIEW_KINDS, undone_by=None)
    return labels.order_by("-id")


def count_waiting(reviewer: User) -> int:
    """Return the number of items that the reviewer has leased or could get, without the holdout
    items that wait for more drawings that can train."""
    is_held = Q(leased_by=reviewer, lease_until__gt=Now())
    is_holdout = Q(drawing__owner__split=Split.HOLDOUT)
    counts = _waiting_items(reviewer).aggregate(
        training=Count("pk", filter=(is_held | _free_items()) & ~is_holdout),
        held_holdout=Count("pk", filter=is_held & is_holdout),
        free_holdout=Count("pk", filter=_free_items() & is_holdout),
    )
    num_holdout = counts["free_holdout"]
    if num_holdout:
        allowed = count_leasable_holdout(num_waiting_training=counts["training"])
        num_holdout = int(min(num_holdout, max(allowed, 0)))
    return int(counts["training"] + counts["held_holdout"] + num_holdout)


def _find_and_lease(
    reviewer: User, digit: int | None, exclude_keys: Collection[UUID]
) -> LeasedItem | None:
    for _ in range(MAX_LEASE_ATTEMPTS):
        waiting = _waiting_items(reviewer, digit).exclude(key__in=exclude_keys)
        is_held = Q(leased_by=reviewer, lease_until__gt=Now())
        held = list(waiting.filter(is_held)[:1])
        if not held and ReviewItem.objects.filter(is_held).count() >= MAX_HELD_ITEMS:
            return None
        items = held or _find_free(waiting)
        if not items:
            return None
        for item in items:
            if (leased := _acquire_lease(item, reviewer, is_held=bool(held))) is not None:
                return leased
    return None


def _find_free(waiting: QuerySet[ReviewItem]) -> list[ReviewItem]:
    """Return the next free items. Holdout items wait until enough reviewed drawings can train."""
    free = waiting.filter(_free_items())
    items = list(free[:LEASE_BATCH_SIZE])
    if any(one.drawing.owner.split == Split.HOLDOUT for one in items) and not can_lease_holdout():
        items = list(free.exclude(drawing__owner__split=Split.HOLDOUT)[:LEASE_BATCH_SIZE])
    return items


def _check_reviewable(drawing: Drawing) -> None:
    """Raise CannotReview if the drawing was deleted or may no longer be used for training."""
    if drawing.deleted_at is not None:
        raise CannotReview("deleted")
    if not (drawing.owner.may_teach and drawing.owner.is_active):
        raise CannotReview("withdrawn")


def _waiting_items(reviewer: User, digit: int | None = None) -> QuerySet[ReviewItem]:
    """Return the items that the reviewer may review and has not reviewed yet, by descending
    priority. Items of outdated revisions are left out."""
    reviewed = Label.objects.filter(
        drawing=OuterRef("pk"),
        author=reviewer,
        kind__in=REVIEW_KINDS,
        revision=OuterRef("revision"),
        undone_by=None,
    )
    # The queue is short. Without its ids, SQLite may start the join at the table of drawings.
    queued = list(ReviewItem.objects.values_list("pk", flat=True))
    items = ReviewItem.objects.filter(
        trainable_filter("drawing__"),
        ~Exists(reviewed),
        drawing__pk__in=queued,
        revision=F("drawing__revision"),
    )
    items = items.exclude(drawing__owner=reviewer).exclude(resolved_items())
    if digit is not None:
        items = items.filter(Q(drawing__claim=digit) | Q(drawing__prediction__digit=digit))
    items = items.select_related("drawing__prediction__model", "drawing__owner")
    return items.defer("drawing__prediction__model__card").order_by("-priority", "drawing_id")


def _free_items() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=Now())


def _acquire_lease(item: ReviewItem, reviewer: User, *, is_held: bool) -> LeasedItem | None:
    """Lease an item, or extend the reviewer's own lease. Returns None if another reviewer was
    faster."""
    seconds = settings.REVIEW_LEASE_S
    expiry = ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
    lease = item.lease if is_held and item.lease else uuid4()
    is_leasable = Q(lease=lease, leased_by=reviewer) if is_held else _free_items()
    # The item may be deleted and created again in between; created_at identifies this one.
    row = ReviewItem.objects.filter(is_leasable, pk=item.pk, created_at=item.created_at)
    if not row.update(lease=lease, leased_by=reviewer, lease_until=expiry):
        return None
    lease_until = timezone.now() + timedelta(seconds=seconds)
    return LeasedItem(item.key, item.drawing, lease, lease_until, ReviewReason(item.reason))

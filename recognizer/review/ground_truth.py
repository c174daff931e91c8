"""Ground truth derived from label events. Events are appended and never changed. No other module
writes `GroundTruth`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.models import (
    Basis,
    Decision,
    Drawing,
    Feed,
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    User,
)
from recognizer.review.consensus import (
    Consensus,
    Vote,
    aggregate_votes,
    count_required_reviewers,
)
from recognizer.review.errors import CannotReview
from recognizer.review.gold_drawings import update_gold_drawing
from recognizer.review.hidden_checks import is_check_drawing
from recognizer.review.reviewers.annotator_accuracy import (
    filter_active,
    find_queue_authors,
    latest_values,
    load_weights,
    score_labels,
    update_annotator_stats,
)

REVIEWER_GROUPS = ("reviewer", "admin")


def append_label_event(drawing: Drawing, label: Label) -> Label:
    """Store a new label and derive the ground truth that follows. Return the label, whose `drawing`
    has the new state.

    `drawing` is the drawing as the caller loaded it. Call this inside a transaction, with one
    drawing in each. It locks the owner's feed first and annotator statistics then, so two drawings
    in one transaction could deadlock. Raises CannotReview.
    """
    cursor = Feed.advance(drawing.owner_id)
    current = load_drawing(drawing.pk)
    if current is None or current.deleted_at is not None:
        raise CannotReview("deleted")
    if current.revision != drawing.revision:
        raise CannotReview("stale")
    if label.kind in (LabelKind.REVIEW, LabelKind.GOLD) and label.author_id == current.owner_id:
        raise CannotReview("own_drawing")
    return record_label_event(current, label, cursor=cursor)


def record_label_event(drawing: Drawing, label: Label, *, cursor: int) -> Label:
    """Store a label of a drawing loaded after its owner's feed had advanced to `cursor`."""
    before = load_events(drawing)
    label.drawing, label.revision = drawing, drawing.revision
    label.previous_ground_truth = protocol.current_ground_truth(drawing)
    label.shown_prediction_id = drawing.prediction_id
    label.save(force_insert=True)
    after = [*before, label]
    if LabelKind.CLAIM in (label.kind, label.undoes and label.undoes.kind):
        claims = latest_values(filter_active(after), LabelKind.CLAIM)
        drawing.claim = claims.get(drawing.owner_id)
    untrusted = find_suspended(after)
    gold = GoldDrawing.objects.filter(pk=drawing.pk).first()
    _derive(drawing, after, untrusted=untrusted, gold=gold)
    update_annotator_stats(
        *(
            score_labels(
                events,
                owner_id=drawing.owner_id,
                gold=_gold_value(drawing, gold),
                untrusted=untrusted,
            )
            for events in (before, after)
        )
    )
    _save_and_publish(drawing, cursor)
    return label


def rederive_ground_truths(user: User) -> int:
    """Derive the ground truth of all drawings that a user reviewed, after the user's role has
    changed. Return the number of drawings. Each drawing has its own transaction, to keep locks
    short."""
    reviewed = list_reviewed_drawings(user)
    for drawing_id, owner_id in reviewed:
        rederive_ground_truth(drawing_id, owner_id, user=user)
    return len(reviewed)


def list_reviewed_drawings(user: User) -> list[tuple[UUID, int]]:
    """Return the ids and owner ids of the drawings that a user reviewed or set aside, in order."""
    kinds = [LabelKind.REVIEW, LabelKind.SET_ASIDE]
    reviews = Label.objects.filter(author=user, kind__in=kinds).order_by("drawing_id")
    return list(reviews.values_list("drawing_id", "drawing__owner_id").distinct())


def load_drawing(drawing_id: UUID) -> Drawing | None:
    """Return a drawing with its ground truth and prediction, without ink and raster."""
    drawings = Drawing.objects.select_related("ground_truth", "prediction__model")
    drawings = drawings.defer("ink", "prediction__raster", "prediction__model__card")
    return drawings.filter(pk=drawing_id).first()


def load_events(drawing: Drawing) -> list[Label]:
    """Return all labels of the newest revision, oldest first, with those that were undone."""
    return list(drawing.labels.filter(revision=drawing.revision).order_by("id"))


def find_suspended(labels: Sequence[Label]) -> set[int]:
    """Return the ids of the authors whose reviews do not count now."""
    authors = {
        label.author_id
        for label in labels
        if label.author_id is not None and label.kind != LabelKind.CLAIM
    }
    suspended = User.objects.filter(pk__in=authors, reviews_suspended_at__isnull=False)
    return set(suspended.values_list("pk", flat=True))


def filter_reviewers(user_ids: Collection[int]) -> set[int]:
    """Return the ids of those users who are reviewers now."""
    users = User.objects.filter(
        groups__name__in=REVIEWER_GROUPS,
        pk__in=user_ids,
        is_active=True,
        reviews_suspended_at=None,
    )
    return set(users.values_list("pk", flat=True))


def rederive_ground_truth(
    drawing_id: UUID, owner_id: int, *, user: User, was_trusted: bool | None = None
) -> None:
    """Derive the ground truth of one drawing again.

    `was_trusted` is given after a change of the user's suspension: the accuracy of others is then
    compared with the references that are left.
    """
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = load_drawing(drawing_id)
        if drawing is None:
            return
        previous = protocol.current_ground_truth(drawing)
        events = load_events(drawing)
        untrusted = find_suspended(events)
        gold = GoldDrawing.objects.filter(pk=drawing.pk).first()
        _derive(drawing, events, untrusted=untrusted, gold=gold)
        if was_trusted is not None:
            before = untrusted - {user.pk} if was_trusted else untrusted | {user.pk}
            update_annotator_stats(
                *(
                    score_labels(
                        events,
                        owner_id=owner_id,
                        gold=_gold_value(drawing, gold),
                        untrusted=excluded,
                    )
                    for excluded in (before, untrusted)
                )
            )
        if protocol.current_ground_truth(drawing) == previous:
            return
        _save_and_publish(drawing, cursor)


def _save_and_publish(drawing: Drawing, cursor: int) -> None:
    drawing.cursor = cursor
    drawing.save(update_fields=["claim", "cursor"])
    event_publisher.publish_on_commit(drawing.owner_id, protocol.label_event(drawing))


def _derive(
    drawing: Drawing,
    events: Sequence[Label],
    *,
    untrusted: Collection[int],
    gold: GoldDrawing | None,
) -> None:
    """Derive and store the ground truth that follows from the events."""
    labels = filter_active(events)
    votes = _collect_votes(labels, untrusted, queue_authors=find_queue_authors(events))
    is_set_aside = any(
        label.kind == LabelKind.SET_ASIDE and label.author_id not in untrusted for label in labels
    )
    _store_ground_truth(drawing, aggregate_votes(votes), votes, is_set_aside=is_set_aside)
    update_gold_drawing(drawing, events, votes, gold=gold)


def _gold_value(drawing: Drawing, gold: GoldDrawing | None) -> int | None:
    return gold.value if gold and gold.revision == drawing.revision else None


def _collect_votes(
    labels: Sequence[Label], untrusted: Collection[int], *, queue_authors: Collection[int]
) -> list[Vote]:
    """Return the latest claim or review of each user. The owner's is a claim, all others are
    reviews. Reviews of `untrusted` users do not count at all."""
    latest = {
        label.author_id: label
        for label in labels
        if label.kind == LabelKind.CLAIM
        or (label.kind == LabelKind.REVIEW and label.author_id not in untrusted)
    }
    by_user = {
        user_id: label
        for user_id, label in latest.items()
        if user_id is not None and label.value is not None
    }
    authors = {id for id, label in by_user.items() if label.kind == LabelKind.REVIEW}
    reviewers = filter_reviewers(authors) if authors else set()
    weights = load_weights(by_user)
    votes = []
    for user_id, label in by_user.items():
        is_claim, weight = label.kind == LabelKind.CLAIM, weights[user_id]
        value_weight = weight.claim if is_claim else weight.review
        votes.append(
            Vote(
                label.pk,
                user_id,
                label.value or 0,
                value_weight,
                is_review=user_id in reviewers,
                is_from_queue=user_id in queue_authors,
            )
        )
    return votes


def _store_ground_truth(
    drawing: Drawing, consensus: Consensus | None, votes: Sequence[Vote], *, is_set_aside: bool
) -> None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None:
        if consensus is None and not is_set_aside:
            return
        ground_truth = GroundTruth(drawing=drawing, is_check=is_check_drawing(drawing.pk))
    fields = {
        "revision": drawing.revision,
        "value": consensus.value if consensus else None,
        "basis": consensus.basis if consensus else "",
        "label_id": consensus.label_id if consensus else None,
        "is_set_aside": is_set_aside,
        **_count_agreement(drawing, consensus, votes),
    }
    if any(getattr(ground_truth, name) != value for name, value in fields.items()):
        for name, value in fields.items():
            setattr(ground_truth, name, value)
        ground_truth.decided_at = timezone.now()
        ground_truth.save()
        drawing.ground_truth = ground_truth


def _count_agreement(
    drawing: Drawing, consensus: Consensus | None, votes: Sequence[Vote]
) -> dict[str, int]:
    """Return the number of reviewers who chose the value, and how many training needs.

    All bulk labels together count as one: no test compares them, so several accounts could agree on
    wrong ones unnoticed.
    """
    if consensus is None or drawing.prediction is None:
        return {"num_agreeing": 1, "num_required": 1}
    is_review = consensus.basis == Basis.REVIEW
    is_from_queue = [
        vote.is_from_queue
        for vote in votes
        if vote.value == consensus.value
        and (vote.is_review if is_review else vote.user_id != drawing.owner_id)
    ]
    agreeing = sum(is_from_queue) + (not all(is_from_queue))
    required = count_required_reviewers(
        consensus.value,
        claim=drawing.claim,
        predicted=drawing.prediction.predicted_label,
        is_confident=drawing.prediction.decision != Decision.UNSURE,
    )
    return {"num_agreeing": agreeing, "num_required": required}

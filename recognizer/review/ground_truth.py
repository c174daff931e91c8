"""Ground truth derived from label events. Events are appended and never changed. No other module
writes `GroundTruth`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.models import Basis, Drawing, Feed, GoldDrawing, GroundTruth, Label, LabelKind, User
from recognizer.review.annotator_accuracy import (
    ScoreCounts,
    latest_values,
    load_weights,
    score_labels,
    update_annotator_stats,
)
from recognizer.review.consensus import Consensus, Vote, aggregate_votes
from recognizer.review.errors import CannotReview
from recognizer.review.gold_drawings import update_gold_drawing

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
    before = list(active_labels(drawing))
    label.drawing, label.revision = drawing, drawing.revision
    label.previous_ground_truth = protocol.current_ground_truth(drawing)
    label.shown_prediction_id = drawing.prediction_id
    label.save(force_insert=True)
    if label.undoes is None:
        after = [*before, label]
    else:
        after = [other for other in before if other != label.undoes]
    if LabelKind.CLAIM in (label.kind, label.undoes and label.undoes.kind):
        drawing.claim = latest_values(after, LabelKind.CLAIM).get(drawing.owner_id)
    _derive(drawing, before, after)
    _save_and_publish(drawing, cursor)
    return label


def rederive_ground_truths(user: User) -> int:
    """Derive the ground truth of all drawings that a user reviewed, after the user's role has
    changed. Return the number of drawings. Each drawing has its own transaction, to keep locks
    short."""
    reviews = Label.objects.filter(author=user, kind=LabelKind.REVIEW).order_by("drawing_id")
    owners = reviews.values_list("drawing_id", "drawing__owner_id").distinct()
    for drawing_id, owner_id in list(owners):
        _rederive(drawing_id, owner_id)
    return len(owners)


def load_drawing(drawing_id: UUID) -> Drawing | None:
    """Return a drawing with its ground truth and prediction, without ink and raster."""
    drawings = Drawing.objects.select_related("ground_truth", "prediction__model")
    drawings = drawings.defer("ink", "prediction__raster", "prediction__model__card")
    return drawings.filter(pk=drawing_id).first()


def active_labels(drawing: Drawing) -> QuerySet[Label]:
    """Return the labels of the newest revision that were not undone, oldest first."""
    labels = drawing.labels.filter(revision=drawing.revision, undone_by=None)
    return labels.exclude(kind=LabelKind.UNDO).order_by("id")


def filter_reviewers(user_ids: Collection[int]) -> set[int]:
    """Return the ids of those users who are reviewers now."""
    users = User.objects.filter(groups__name__in=REVIEWER_GROUPS, pk__in=user_ids, is_active=True)
    return set(users.values_list("pk", flat=True))


def _rederive(drawing_id: UUID, owner_id: int) -> None:
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = load_drawing(drawing_id)
        if drawing is None:
            return
        previous = protocol.current_ground_truth(drawing)
        labels = list(active_labels(drawing))
        _derive(drawing, labels, labels)
        if protocol.current_ground_truth(drawing) == previous:
            return
        _save_and_publish(drawing, cursor)


def _save_and_publish(drawing: Drawing, cursor: int) -> None:
    drawing.cursor = cursor
    drawing.save(update_fields=["claim", "cursor"])
    event_publisher.publish_on_commit(drawing.owner_id, protocol.label_event(drawing))


def _derive(drawing: Drawing, before: Sequence[Label], after: Sequence[Label]) -> None:
    """Derive and store the ground truth. `before` are the labels that the annotator statistics
    include so far, `after` the labels that count now."""
    gold = GoldDrawing.objects.filter(pk=drawing.pk).first()
    score_before = _score(drawing, before, gold)
    votes = _collect_votes(after)
    is_set_aside = any(label.kind == LabelKind.SET_ASIDE for label in after)
    _store_ground_truth(drawing, aggregate_votes(votes), is_set_aside=is_set_aside)
    update_annotator_stats(score_before, _score(drawing, after, gold))
    update_gold_drawing(drawing, votes, gold=gold)


def _score(drawing: Drawing, labels: Sequence[Label], gold: GoldDrawing | None) -> ScoreCounts:
    return score_labels(
        labels,
        owner_id=drawing.owner_id,
        reviewed_value=_reviewed_value(drawing),
        gold=gold.value if gold and gold.revision == drawing.revision else None,
    )


def _collect_votes(labels: Sequence[Label]) -> list[Vote]:
    """Return the latest claim or review of each user. The owner's is a claim, all others are
    reviews."""
    latest = {
        label.author_id: label
        for label in labels
        if label.kind in (LabelKind.CLAIM, LabelKind.REVIEW)
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
        votes.append(Vote(label.pk, user_id, label.value or 0, value_weight, user_id in reviewers))
    return votes


def _store_ground_truth(
    drawing: Drawing, consensus: Consensus | None, *, is_set_aside: bool
) -> None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None:
        if consensus is None and not is_set_aside:
            return
        ground_truth = GroundTruth(drawing=drawing)
    fields = {
        "revision": drawing.revision,
        "value": consensus.value if consensus else None,
        "basis": consensus.basis if consensus else "",
        "label_id": consensus.label_id if consensus else None,
        "is_set_aside": is_set_aside,
    }
    if any(getattr(ground_truth, name) != value for name, value in fields.items()):
        for name, value in fields.items():
            setattr(ground_truth, name, value)
        ground_truth.decided_at = timezone.now()
        ground_truth.save()
        drawing.ground_truth = ground_truth


def _reviewed_value(drawing: Drawing) -> int | None:
    """Return the current ground truth if reviewers decided it."""
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None or ground_truth.revision != drawing.revision:
        return None
    return ground_truth.value if ground_truth.basis == Basis.REVIEW else None

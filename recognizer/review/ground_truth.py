"""What a drawing is, derived from what people said about it. Events are appended, never changed;
nothing else writes `GroundTruth`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer import protocol
from recognizer.messaging import event_publisher
from recognizer.models import Basis, Drawing, Feed, GoldDrawing, GroundTruth, Label, LabelKind, User
from recognizer.review.annotator_stats import (
    latest_values,
    load_weights,
    score_labels,
    update_annotator_stats,
)
from recognizer.review.consensus import Consensus, Vote, aggregate_votes
from recognizer.review.gold import update_gold_drawing

REVIEWER_GROUPS = ("reviewer", "admin")


class CannotAppend(Exception):
    """`code` is deleted, stale (the drawing has grown since) or own_drawing (the author's own)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A new event, before it is stored."""

    author_id: int
    kind: LabelKind
    value: int | None
    source: str
    blind: bool = False
    reason: str = ""
    undoes: Label | None = None


def append_label_event(
    *,
    drawing: Drawing,
    author: User,
    kind: LabelKind,
    value: int | None,
    source: str,
    blind: bool = False,
    reason: str = "",
    undoes: Label | None = None,
) -> Label:
    """One event about the drawing as the caller read it, and the truth that follows; the label's
    own `drawing` is how it stands after that. Raises CannotAppend.

    Call it inside a transaction, one drawing in each: it locks the owner's feed first, then counts
    people's records, and two drawings in one transaction could wait in a circle.
    """
    cursor = Feed.advance(drawing.owner_id)
    current = load_drawing(drawing.pk)
    if current is None or current.deleted_at is not None:
        raise CannotAppend("deleted")
    if current.revision != drawing.revision:
        raise CannotAppend("stale")
    if kind in (LabelKind.REVIEW, LabelKind.GOLD) and author.pk == current.owner_id:
        raise CannotAppend("own_drawing")
    said = LabelEvent(author.pk, kind, value, source, blind, reason, undoes)
    return record_label_event(current, said, cursor=cursor)


def record_label_event(drawing: Drawing, said: LabelEvent, *, cursor: int) -> Label:
    """Append to a drawing read after its owner's feed was advanced to `cursor`."""
    before = list(active_labels(drawing))
    label = Label.objects.create(
        drawing=drawing,
        author_id=said.author_id,
        kind=said.kind,
        revision=drawing.revision,
        value=said.value,
        previous_ground_truth=protocol.current_ground_truth(drawing),
        undoes=said.undoes,
        shown_prediction_id=drawing.prediction_id,
        blind=said.blind,
        reason=said.reason,
        source=said.source,
    )
    after = [*before, label] if said.undoes is None else [it for it in before if it != said.undoes]
    if LabelKind.CLAIM in (said.kind, said.undoes and said.undoes.kind):
        drawing.claim = latest_values(after, LabelKind.CLAIM).get(drawing.owner_id)
    _derive(drawing, before, after)
    drawing.cursor = cursor
    drawing.save(update_fields=["claim", "cursor"])
    events = [protocol.label_event(drawing)]
    transaction.on_commit(
        partial(event_publisher.publish_user_events, user_id=drawing.owner_id, events=events)
    )
    return label


def derive_ground_truth(drawing_id: UUID) -> GroundTruth | None:
    """What the drawing is at its newest revision, by the rule of `recognizer.review.consensus`,
    stored;
    None when nothing was ever true of it. Call it inside a transaction.

    1. The newest standing verdict of each person who is a reviewer now: if they agree, that; else
       what has the greatest total weight; a tie is no truth.
    2. Where there is none: what the newest standing labels of at least TRUTH_PEOPLE people agree on
       (the owner's claim, verdicts of people who are no reviewers any more), when their weights sum
       to TRUTH_WEIGHT or more and dissent to less than a third of that.
    3. Else none.

    A label stands until its person says something else, an event undoes it, or the ink grows.
    """
    drawing = load_drawing(drawing_id)
    if drawing is None:
        return None
    standing = list(active_labels(drawing))
    return _derive(drawing, standing, standing)


def rederive_ground_truths(user: User) -> int:
    """After somebody became a reviewer or is none any more: the truths of what they judged; how
    many. One transaction each, so that nobody waits for all of them."""
    judged = Label.objects.filter(author=user, kind=LabelKind.REVIEW).order_by("drawing_id")
    owners = judged.values_list("drawing_id", "drawing__owner_id").distinct()
    for drawing_id, owner_id in list(owners):
        _rederive(drawing_id, owner_id)
    return len(owners)


def load_drawing(drawing_id: UUID) -> Drawing | None:
    """With its truth and its answer, without its ink."""
    found = Drawing.objects.filter(pk=drawing_id).select_related(
        "ground_truth", "prediction__model"
    )
    return found.defer("ink", "prediction__raster", "prediction__model__card").first()


def active_labels(drawing: Drawing) -> QuerySet[Label]:
    """What was said about this revision and not undone, oldest first."""
    said = drawing.labels.filter(revision=drawing.revision, undone_by=None)
    return said.exclude(kind=LabelKind.UNDO).order_by("id")


def filter_reviewers(user_ids: Collection[int]) -> set[int]:
    """Those of these people who may review now."""
    may = Q(is_superuser=True) | Q(groups__name__in=REVIEWER_GROUPS)
    people = User.objects.filter(may, pk__in=user_ids, is_active=True)
    return set(people.values_list("pk", flat=True))


def _rederive(drawing_id: UUID, owner_id: int) -> None:
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = load_drawing(drawing_id)
        if drawing is None:
            return
        was = protocol.current_ground_truth(drawing)
        standing = list(active_labels(drawing))
        _derive(drawing, standing, standing)
        if protocol.current_ground_truth(drawing) == was:
            return
        drawing.cursor = cursor
        drawing.save(update_fields=["cursor"])
        events = [protocol.label_event(drawing)]
        transaction.on_commit(
            partial(event_publisher.publish_user_events, user_id=owner_id, events=events)
        )


def _derive(
    drawing: Drawing, before: Sequence[Label], after: Sequence[Label]
) -> GroundTruth | None:
    """`before`: the events by which people's records were last counted; `after`: those now."""
    was, gold = _current_ground_truth(drawing), GoldDrawing.objects.filter(pk=drawing.pk).first()
    surely = gold.value if gold and gold.revision == drawing.revision else None
    counted = score_labels(
        before, owner_id=drawing.owner_id, verdict=_reviewed_value(was), gold=surely
    )
    voices = _collect_votes(drawing, after)
    ground_truth = _store_ground_truth(
        drawing, aggregate_votes(voices), is_set_aside=_is_set_aside(after)
    )
    now = score_labels(
        after,
        owner_id=drawing.owner_id,
        verdict=_reviewed_value(_current_ground_truth(drawing)),
        gold=surely,
    )
    update_annotator_stats(counted, now)
    update_gold_drawing(drawing, voices, gold=gold)
    return ground_truth


def _collect_votes(drawing: Drawing, standing: Sequence[Label]) -> list[Vote]:
    """Everybody's newest word; a claim and a verdict are never of one person."""
    newest = {
        label.author_id: label
        for label in standing
        if label.kind in (LabelKind.CLAIM, LabelKind.REVIEW)
    }
    labels = {
        person: label
        for person, label in newest.items()
        if person is not None and label.value is not None
    }
    judges = {person for person, label in labels.items() if label.kind == LabelKind.REVIEW}
    reviewers = filter_reviewers(judges) if judges else set()
    weights = load_weights(labels)
    voices = []
    for person, label in labels.items():
        is_claim, weight = label.kind == LabelKind.CLAIM, weights[person]
        worth = weight.claim if is_claim else weight.verdict
        voices.append(Vote(label.pk, person, label.value or 0, worth, person in reviewers))
    return voices


def _store_ground_truth(
    drawing: Drawing, settled: Consensus | None, *, is_set_aside: bool
) -> GroundTruth | None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None:
        if settled is None and not is_set_aside:
            return None
        ground_truth = GroundTruth(drawing=drawing)
    now = {
        "revision": drawing.revision,
        "value": settled.value if settled else None,
        "basis": settled.basis if settled else "",
        "label_id": settled.label_id if settled else None,
        "is_set_aside": is_set_aside,
    }
    if any(getattr(ground_truth, name) != value for name, value in now.items()):
        for name, value in now.items():
            setattr(ground_truth, name, value)
        ground_truth.decided_at = timezone.now()
        ground_truth.save()
        drawing.ground_truth = ground_truth
    return ground_truth


def _current_ground_truth(drawing: Drawing) -> GroundTruth | None:
    """The stored truth, when it is about the newest revision."""
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    return (
        ground_truth
        if ground_truth is not None and ground_truth.revision == drawing.revision
        else None
    )


def _reviewed_value(ground_truth: GroundTruth | None) -> int | None:
    return (
        ground_truth.value
        if ground_truth is not None and ground_truth.basis == Basis.REVIEW
        else None
    )


def _is_set_aside(standing: Sequence[Label]) -> bool:
    return any(label.kind == LabelKind.SET_ASIDE for label in standing)

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

from recognizer import contract, delivery
from recognizer.models import Basis, Drawing, Feed, GoldDrawing, GroundTruth, Label, LabelKind, User
from recognizer.review.gold import settle_gold
from recognizer.review.records import change_records, newest_values, read_weights, score_events
from recognizer.review.rule import Settled, Voice, settle_voices

REVIEWING = ("reviewer", "admin")


class CannotAppend(Exception):
    """`code` is deleted, stale (the drawing has grown since) or own_drawing (the author's own)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Said:
    """A new event, before it is stored."""

    author_id: int
    kind: LabelKind
    value: int | None
    source: str
    blind: bool = False
    reason: str = ""
    undoes: Label | None = None


def append_event(
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
    current = read_drawing(drawing.pk)
    if current is None or current.deleted_at is not None:
        raise CannotAppend("deleted")
    if current.revision != drawing.revision:
        raise CannotAppend("stale")
    if kind in (LabelKind.REVIEW, LabelKind.GOLD) and author.pk == current.owner_id:
        raise CannotAppend("own_drawing")
    said = Said(author.pk, kind, value, source, blind, reason, undoes)
    return record_event(current, said, cursor=cursor)


def record_event(drawing: Drawing, said: Said, *, cursor: int) -> Label:
    """Append to a drawing read after its owner's feed was advanced to `cursor`."""
    before = list(standing_events(drawing))
    label = Label.objects.create(
        drawing=drawing,
        author_id=said.author_id,
        kind=said.kind,
        revision=drawing.revision,
        value=said.value,
        previous_ground_truth=contract.truth_value(drawing),
        undoes=said.undoes,
        shown_prediction_id=drawing.prediction_id,
        blind=said.blind,
        reason=said.reason,
        source=said.source,
    )
    after = [*before, label] if said.undoes is None else [it for it in before if it != said.undoes]
    if LabelKind.CLAIM in (said.kind, said.undoes and said.undoes.kind):
        drawing.claim = newest_values(after, LabelKind.CLAIM).get(drawing.owner_id)
    _derive(drawing, before, after)
    drawing.cursor = cursor
    drawing.save(update_fields=["claim", "cursor"])
    events = [contract.label_event(drawing)]
    transaction.on_commit(partial(delivery.announce, user_id=drawing.owner_id, events=events))
    return label


def derive_truth(drawing_id: UUID) -> GroundTruth | None:
    """What the drawing is at its newest revision, by the rule of `recognizer.review.rule`, stored;
    None when nothing was ever true of it. Call it inside a transaction.

    1. The newest standing verdict of each person who is a reviewer now: if they agree, that; else
       what has the greatest total weight; a tie is no truth.
    2. Where there is none: what the newest standing labels of at least TRUTH_PEOPLE people agree on
       (the owner's claim, verdicts of people who are no reviewers any more), when their weights sum
       to TRUTH_WEIGHT or more and dissent to less than a third of that.
    3. Else none.

    A label stands until its person says something else, an event undoes it, or the ink grows.
    """
    drawing = read_drawing(drawing_id)
    if drawing is None:
        return None
    standing = list(standing_events(drawing))
    return _derive(drawing, standing, standing)


def rederive_truths_of(user: User) -> int:
    """After somebody became a reviewer or is none any more: the truths of what they judged; how
    many. One transaction each, so that nobody waits for all of them."""
    judged = Label.objects.filter(author=user, kind=LabelKind.REVIEW).order_by("drawing_id")
    owners = judged.values_list("drawing_id", "drawing__owner_id").distinct()
    for drawing_id, owner_id in list(owners):
        _rederive(drawing_id, owner_id)
    return len(owners)


def read_drawing(drawing_id: UUID) -> Drawing | None:
    """With its truth and its answer, without its ink."""
    found = Drawing.objects.filter(pk=drawing_id).select_related(
        "ground_truth", "prediction__model"
    )
    return found.defer("ink", "prediction__raster", "prediction__model__card").first()


def standing_events(drawing: Drawing) -> QuerySet[Label]:
    """What was said about this revision and not undone, oldest first."""
    said = drawing.labels.filter(revision=drawing.revision, undone_by=None)
    return said.exclude(kind=LabelKind.UNDO).order_by("id")


def reviewers_among(user_ids: Collection[int]) -> set[int]:
    """Those of these people who may review now."""
    may = Q(is_superuser=True) | Q(groups__name__in=REVIEWING)
    people = User.objects.filter(may, pk__in=user_ids, is_active=True)
    return set(people.values_list("pk", flat=True))


def _rederive(drawing_id: UUID, owner_id: int) -> None:
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = read_drawing(drawing_id)
        if drawing is None:
            return
        was = contract.truth_value(drawing)
        standing = list(standing_events(drawing))
        _derive(drawing, standing, standing)
        if contract.truth_value(drawing) == was:
            return
        drawing.cursor = cursor
        drawing.save(update_fields=["cursor"])
        events = [contract.label_event(drawing)]
        transaction.on_commit(partial(delivery.announce, user_id=owner_id, events=events))


def _derive(
    drawing: Drawing, before: Sequence[Label], after: Sequence[Label]
) -> GroundTruth | None:
    """`before`: the events by which people's records were last counted; `after`: those now."""
    was, gold = _truth_at(drawing), GoldDrawing.objects.filter(pk=drawing.pk).first()
    surely = gold.value if gold and gold.revision == drawing.revision else None
    counted = score_events(before, owner_id=drawing.owner_id, verdict=_verdict_of(was), gold=surely)
    voices = _hear(drawing, after)
    ground_truth = _store(drawing, settle_voices(voices), is_set_aside=_is_aside(after))
    now = score_events(
        after, owner_id=drawing.owner_id, verdict=_verdict_of(_truth_at(drawing)), gold=surely
    )
    change_records(counted, now)
    settle_gold(drawing, voices, gold=gold)
    return ground_truth


def _hear(drawing: Drawing, standing: Sequence[Label]) -> list[Voice]:
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
    reviewers = reviewers_among(judges) if judges else set()
    weights = read_weights(labels)
    voices = []
    for person, label in labels.items():
        is_claim, weight = label.kind == LabelKind.CLAIM, weights[person]
        worth = weight.claim if is_claim else weight.verdict
        voices.append(Voice(label.pk, person, label.value or 0, worth, person in reviewers))
    return voices


def _store(drawing: Drawing, settled: Settled | None, *, is_set_aside: bool) -> GroundTruth | None:
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


def _truth_at(drawing: Drawing) -> GroundTruth | None:
    """The stored truth, when it is about the newest revision."""
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    return (
        ground_truth
        if ground_truth is not None and ground_truth.revision == drawing.revision
        else None
    )


def _verdict_of(ground_truth: GroundTruth | None) -> int | None:
    return (
        ground_truth.value
        if ground_truth is not None and ground_truth.basis == Basis.REVIEW
        else None
    )


def _is_aside(standing: Sequence[Label]) -> bool:
    return any(label.kind == LabelKind.SET_ASIDE for label in standing)

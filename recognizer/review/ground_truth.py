"""Label events, which are appended and never changed, and the ground truths that follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from recognizer import protocol
from recognizer.db.portable_sql import advance_feeds
from recognizer.messaging import event_publisher
from recognizer.models import Drawing, Feed, Label, LabelKind, User
from recognizer.review.errors import CannotReview
from recognizer.review.ground_truth_derivation import (
    AuthorState,
    LabelledDrawing,
    derive_ground_truths,
    load_author_state,
)
from recognizer.review.reviewers.annotator_accuracy import (
    ScoreCounts,
    filter_active,
    latest_values,
    score_labels,
    update_annotator_stats,
)


def append_label_event(drawing: Drawing, label: Label) -> Label:
    """Store a new label and derive the ground truth that follows. Return the label, whose `drawing`
    has the new state.

    `drawing` is the drawing as the caller loaded it. Call this inside a transaction, before any
    drawing is locked. Raises CannotReview.
    """
    (result,) = append_label_events([(drawing, label)])
    if isinstance(result, CannotReview):
        raise result
    return result


def append_label_events(
    requests: Sequence[tuple[Drawing, Label]],
) -> list[Label | CannotReview]:
    """Store new labels of different drawings. Return each label or its refusal, in this order.

    The feeds of all owners are locked first, by user id, and the statistics of authors then. All
    transactions use this order, so none deadlocks. The number of queries is fixed.
    """
    counts = Counter(drawing.owner_id for drawing, _ in requests)
    if not counts:
        return []
    with connection.cursor() as cursor:
        next_cursors = advance_feeds(cursor, counts)
    drawings = load_drawings([drawing.pk for drawing, _ in requests])
    events = load_events([drawing.pk for drawing, _ in requests])
    results = list[Label | CannotReview]()
    accepted = list[tuple[LabelledDrawing, Label]]()
    for seen, label in requests:
        current = drawings.get(seen.pk)
        own_events = events.get(seen.pk, [])
        if code := _find_refusal(seen, current, label, own_events):
            results.append(CannotReview(code))
        elif current is not None:
            position = next_cursors[current.owner_id]
            next_cursors[current.owner_id] += 1
            accepted.append((LabelledDrawing(current, position, own_events), label))
            results.append(label)
    record_label_events(accepted)
    return results


def record_label_events(accepted: Sequence[tuple[LabelledDrawing, Label]]) -> None:
    """Store labels of drawings that were loaded after the feeds of their owners had advanced."""
    labelled = [one for one, _ in accepted]
    labels = [label for _, label in accepted]
    for one, label in accepted:
        label.drawing, label.revision = one.drawing, one.drawing.revision
        label.previous_ground_truth = protocol.current_ground_truth(one.drawing)
        label.shown_prediction_id = one.drawing.prediction_id
    Label.objects.bulk_create(labels)
    before = [list(one.events) for one in labelled]
    for one, label in accepted:
        one.events.append(label)
        if LabelKind.CLAIM in (label.kind, label.undoes and label.undoes.kind):
            claims = latest_values(filter_active(one.events), LabelKind.CLAIM)
            one.drawing.claim = claims.get(one.drawing.owner_id)
    state = load_author_state(labelled)
    derive_ground_truths(labelled, state)
    update_annotator_stats(
        _score(labelled, before, state, untrusted=state.suspended),
        _score(labelled, [one.events for one in labelled], state, untrusted=state.suspended),
    )
    _save_and_publish(labelled)


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
        labelled = [label_drawing(drawing, cursor)]
        state = load_author_state(labelled)
        derive_ground_truths(labelled, state)
        if was_trusted is not None:
            untrusted = state.suspended
            before = untrusted - {user.pk} if was_trusted else untrusted | {user.pk}
            events = [labelled[0].events]
            update_annotator_stats(
                _score(labelled, events, state, untrusted=before),
                _score(labelled, events, state, untrusted=untrusted),
            )
        if protocol.current_ground_truth(drawing) != previous:
            _save_and_publish(labelled)


def load_drawing(drawing_id: UUID) -> Drawing | None:
    """Return a drawing with its ground truth and prediction, without ink and raster."""
    return load_drawings([drawing_id]).get(drawing_id)


def load_drawings(drawing_ids: Iterable[UUID]) -> dict[UUID, Drawing]:
    """Return drawings as `load_drawing` does."""
    drawings = Drawing.objects.select_related("ground_truth", "prediction__model")
    drawings = drawings.defer("ink", "prediction__raster", "prediction__model__card")
    return {drawing.pk: drawing for drawing in drawings.filter(pk__in=list(drawing_ids))}


def load_events(drawing_ids: Iterable[UUID]) -> dict[UUID, list[Label]]:
    """Return all labels of the newest revisions, oldest first, with those that were undone."""
    labels = Label.objects.filter(drawing__in=list(drawing_ids), revision=F("drawing__revision"))
    events = dict[UUID, list[Label]]()
    for label in labels.order_by("id"):
        events.setdefault(label.drawing_id, []).append(label)
    return events


def label_drawing(drawing: Drawing, cursor: int) -> LabelledDrawing:
    """Return a drawing whose owner's feed has advanced to `cursor`, with its events."""
    return LabelledDrawing(drawing, cursor, load_events([drawing.pk]).get(drawing.pk, []))


def _find_refusal(
    seen: Drawing, current: Drawing | None, label: Label, events: Sequence[Label]
) -> str:
    """Return why the label cannot be stored, as a code of REVIEW_ERRORS, or an empty text."""
    if current is None or current.deleted_at is not None:
        return "deleted"
    if current.revision != seen.revision:
        return "stale"
    if label.kind in (LabelKind.REVIEW, LabelKind.GOLD) and label.author_id == current.owner_id:
        return "own_drawing"
    if label.undoes_id is not None and any(one.undoes_id == label.undoes_id for one in events):
        return "nothing_to_undo"  # a concurrent request has undone the event
    return ""


def _score(
    labelled: Sequence[LabelledDrawing],
    events: Sequence[Sequence[Label]],
    state: AuthorState,
    *,
    untrusted: set[int],
) -> ScoreCounts:
    """Return the sum of the scores of all drawings with these events."""
    total: ScoreCounts = Counter()
    for one, labels in zip(labelled, events, strict=True):
        total += score_labels(
            labels,
            owner_id=one.drawing.owner_id,
            gold=state.gold_value(one.drawing),
            untrusted=untrusted,
        )
    return total


def _save_and_publish(labelled: Sequence[LabelledDrawing]) -> None:
    for one in labelled:
        one.drawing.cursor = one.cursor
    Drawing.objects.bulk_update([one.drawing for one in labelled], ["claim", "cursor"])
    event_publisher.publish_on_commit(
        (one.drawing.owner_id, protocol.label_event(one.drawing)) for one in labelled
    )

"""Saying of many drawings at once what they are: an event each, each to be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from recognizer.errors import DomainError
from recognizer.models import Label, LabelKind, User
from recognizer.review.errors import REVIEW_ERRORS, CannotReview
from recognizer.review.ground_truth import append_label_event, load_drawing

MAX_BULK_LABELS = 200
UNDOABLE_KINDS = (LabelKind.REVIEW, LabelKind.SET_ASIDE)
Id = TypeVar("Id", UUID, int)


class CannotRelabel(DomainError):
    """Nothing was done: there are none, or more than MOST_AT_ONCE."""


@dataclass(frozen=True, slots=True)
class RelabelRefusal:
    """What was left as it is, a drawing or an event, and why: `code` is one of REFUSALS."""

    id: UUID | int
    code: str

    @property
    def detail(self) -> str:
        return REVIEW_ERRORS[self.code]


@dataclass(frozen=True, slots=True)
class RelabelResult:
    """The events of what was done, in the order asked; what was refused cost the others nothing."""

    events: list[Label] = field(default_factory=list)
    refused: list[RelabelRefusal] = field(default_factory=list)


def relabel_drawings(
    *, author: User, drawings: Mapping[UUID, int | None], value: int, source: str
) -> RelabelResult:
    """A verdict on each: 0 to 9 or NOT_A_DIGIT. `drawings` are ids, each with the revision that
    was looked at, where it is known: one that has grown since is refused. Raises CannotRelabel.

    A transaction for each, as `append_event` wants: together they would keep everybody from
    drawing meanwhile.
    """
    return _label_each(author, drawings, LabelKind.REVIEW, value, source)


def set_aside_drawings(
    *, author: User, drawings: Mapping[UUID, int | None], source: str
) -> RelabelResult:
    """Nothing shall learn from them, whatever they are. As `relabel_many`."""
    return _label_each(author, drawings, LabelKind.SET_ASIDE, None, source)


def undo_labels(*, author: User, label_ids: Sequence[int], source: str) -> RelabelResult:
    """Undo verdicts, and settings aside, of one's own, by another event each. Raises
    CannotRelabel."""
    return _apply_each(dict.fromkeys(label_ids), lambda id: _undo_label(author, id, source))


def _label_each(
    author: User,
    drawings: Mapping[UUID, int | None],
    kind: LabelKind,
    value: int | None,
    source: str,
) -> RelabelResult:
    def say(id: UUID) -> Label:
        drawing = load_drawing(id)
        if drawing is None or not User.objects.filter(pk=drawing.owner_id, may_teach=True).exists():
            raise CannotReview("not_found")
        if drawing.owner_id == author.pk:
            raise CannotReview("own_drawing")
        if drawings[id] not in (None, drawing.revision):
            raise CannotReview("stale")
        if drawing.deleted_at is None and drawing.prediction is None:
            raise CannotReview("stale")
        return append_label_event(
            drawing=drawing, author=author, kind=kind, value=value, source=source
        )

    return _apply_each(drawings, say)


def _undo_label(author: User, label_id: int, source: str) -> Label:
    own = Label.objects.filter(author=author, kind__in=UNDOABLE_KINDS).select_related("drawing")
    said = own.filter(pk=label_id).first()
    if said is None:
        raise CannotReview("not_found")
    if hasattr(said, "undone_by"):
        raise CannotReview("nothing_to_undo")
    if said.revision != said.drawing.revision:
        raise CannotReview("stale")
    try:
        with transaction.atomic():
            return append_label_event(
                drawing=said.drawing,
                author=author,
                kind=LabelKind.UNDO,
                value=None,
                source=source,
                undoes=said,
            )
    except IntegrityError:  # somebody was faster: an event is undone once
        raise CannotReview("nothing_to_undo") from None


def _apply_each(ids: Mapping[Id, object], say: Callable[[Id], Label]) -> RelabelResult:
    if not 1 <= len(ids) <= MAX_BULK_LABELS:
        raise CannotRelabel(f"Choose from 1 to {MAX_BULK_LABELS} drawings at a time.")
    outcome = RelabelResult()
    for id in ids:
        try:
            with transaction.atomic():
                outcome.events.append(say(id))
        except CannotReview as error:
            outcome.refused.append(RelabelRefusal(id, error.code))
    return outcome

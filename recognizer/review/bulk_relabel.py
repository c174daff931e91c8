"""Labels for many drawings in one request. Each drawing gets a separate event and a separate
undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from recognizer.base_errors import DomainError
from recognizer.models import Drawing, Label, LabelKind, User
from recognizer.review.errors import REVIEW_ERRORS, CannotReview
from recognizer.review.ground_truth import append_label_event, load_drawing
from recognizer.review.holdout_quota import reserved_for_queue

MAX_BULK_LABELS = 200
UNDOABLE_KINDS = (LabelKind.REVIEW, LabelKind.SET_ASIDE)
Id = TypeVar("Id", UUID, int)


class CannotRelabel(DomainError):
    """There are no drawings, or more than MAX_BULK_LABELS. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class RelabelRefusal:
    """A drawing or event that was not changed. `code` is one of REVIEW_ERRORS."""

    id: UUID | int
    code: str

    @property
    def detail(self) -> str:
        return REVIEW_ERRORS[self.code]


@dataclass(frozen=True, slots=True)
class RelabelResult:
    """The appended events in the order of the request, and the refusals."""

    events: list[Label] = field(default_factory=list)
    refused: list[RelabelRefusal] = field(default_factory=list)


def relabel_drawings(
    *, author: User, drawings: Mapping[UUID, int | None], value: int, source: str
) -> RelabelResult:
    """Review each drawing as `value`: 0 to 9, or NOT_A_DIGIT_LABEL.

    `drawings` maps ids to the revision that the reviewer saw, or to None if it is unknown. A
    drawing with another revision is refused. Each drawing has its own transaction, as
    `append_label_event` requires; a common one would block users who draw.

    Raises CannotRelabel.
    """
    return _label_each(drawings, author, kind=LabelKind.REVIEW, value=value, source=source)


def set_aside_drawings(
    *, author: User, drawings: Mapping[UUID, int | None], source: str
) -> RelabelResult:
    """Exclude each drawing from training and evaluation, in the way of `relabel_drawings`."""
    return _label_each(drawings, author, kind=LabelKind.SET_ASIDE, source=source)


def undo_labels(*, author: User, label_ids: Sequence[int], source: str) -> RelabelResult:
    """Undo the author's own reviews and set-aside events. Raises CannotRelabel."""
    return _apply_each(dict.fromkeys(label_ids), lambda id: _undo_label(author, id, source))


def _label_each(drawings: Mapping[UUID, int | None], author: User, **label: Any) -> RelabelResult:
    def append_label(id: UUID) -> Label:
        drawing = load_drawing(id)
        allowed = Drawing.objects.filter(~reserved_for_queue(), owner__may_teach=True)
        if drawing is None or not allowed.filter(pk=id).exists():
            raise CannotReview("not_found")
        if drawing.owner_id == author.pk:
            raise CannotReview("own_drawing")
        if drawings[id] not in (None, drawing.revision):
            raise CannotReview("stale")
        if drawing.deleted_at is None and drawing.prediction is None:
            raise CannotReview("stale")
        return append_label_event(drawing, Label(author=author, **label))

    return _apply_each(drawings, append_label)


def _undo_label(author: User, label_id: int, source: str) -> Label:
    own = Label.objects.filter(author=author, kind__in=UNDOABLE_KINDS).select_related("drawing")
    label = own.filter(pk=label_id).first()
    if label is None:
        raise CannotReview("not_found")
    if hasattr(label, "undone_by"):
        raise CannotReview("nothing_to_undo")
    if label.revision != label.drawing.revision:
        raise CannotReview("stale")
    try:
        with transaction.atomic():
            undo = Label(author=author, kind=LabelKind.UNDO, source=source, undoes=label)
            return append_label_event(label.drawing, undo)
    except IntegrityError:  # a concurrent request has undone the event
        raise CannotReview("nothing_to_undo") from None


def _apply_each(ids: Mapping[Id, object], append_event: Callable[[Id], Label]) -> RelabelResult:
    if not 1 <= len(ids) <= MAX_BULK_LABELS:
        raise CannotRelabel(f"Choose from 1 to {MAX_BULK_LABELS} drawings at a time.")
    result = RelabelResult()
    for id in ids:
        try:
            with transaction.atomic():
                result.events.append(append_event(id))
        except CannotReview as error:
            result.refused.append(RelabelRefusal(id, error.code))
    return result

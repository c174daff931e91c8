"""Labels for many drawings in one request. Each drawing gets a separate event and a separate
undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from recognizer.base_errors import DomainError
from recognizer.models import Drawing, Label, LabelKind, User
from recognizer.review.errors import REVIEW_ERRORS, CannotReview
from recognizer.review.ground_truth import append_label_events
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
    drawing with another revision is refused. All labels are stored in one short transaction with a
    fixed number of queries, so users who draw wait for some milliseconds.

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
    _check_count(label_ids)
    own = Label.objects.filter(author=author, kind__in=UNDOABLE_KINDS, pk__in=label_ids)
    labels = own.select_related("drawing", "undone_by").defer("drawing__ink").in_bulk()
    codes = {id: _find_undo_refusal(labels.get(id)) for id in label_ids}
    requests = {
        id: (
            labels[id].drawing,
            Label(author=author, kind=LabelKind.UNDO, source=source, undoes=labels[id]),
        )
        for id, code in codes.items()
        if not code
    }
    return _append_all(codes, requests)


def _label_each(drawings: Mapping[UUID, int | None], author: User, **label: Any) -> RelabelResult:
    _check_count(drawings)
    allowed = Drawing.objects.filter(~reserved_for_queue(), owner__may_teach=True)
    found = allowed.filter(pk__in=list(drawings)).defer("ink").in_bulk()
    codes = {
        id: _find_label_refusal(found.get(id), revision, author)
        for id, revision in drawings.items()
    }
    requests = {
        id: (found[id], Label(author=author, **label)) for id, code in codes.items() if not code
    }
    return _append_all(codes, requests)


def _check_count(ids: Collection[Id]) -> None:
    if not 1 <= len(ids) <= MAX_BULK_LABELS:
        raise CannotRelabel(f"Choose from 1 to {MAX_BULK_LABELS} drawings at a time.")


def _find_label_refusal(drawing: Drawing | None, revision: int | None, author: User) -> str:
    if drawing is None:
        return "not_found"
    if drawing.owner_id == author.pk:
        return "own_drawing"
    if revision not in (None, drawing.revision):
        return "stale"
    if drawing.deleted_at is None and drawing.prediction_id is None:
        return "stale"
    return ""


def _find_undo_refusal(label: Label | None) -> str:
    if label is None:
        return "not_found"
    if hasattr(label, "undone_by"):
        return "nothing_to_undo"
    return "stale" if label.revision != label.drawing.revision else ""


def _append_all(
    codes: Mapping[Id, str], requests: Mapping[Id, tuple[Drawing, Label]]
) -> RelabelResult:
    """Append the labels of `requests`. `codes` has the refusals so far, in the order of the ids.

    The labels of one drawing follow from each other, so each call appends at most one of a drawing.
    """
    appended = dict[Id, Label | CannotReview]()
    rest = dict(requests)
    with transaction.atomic():
        while rest:
            by_drawing = {drawing.pk: id for id, (drawing, _) in reversed(rest.items())}
            ids = [id for id in rest if by_drawing[rest[id][0].pk] == id]
            results = append_label_events([rest.pop(id) for id in ids])
            appended |= zip(ids, results, strict=True)
    result = RelabelResult()
    for id, code in codes.items():
        one = appended.get(id) or CannotReview(code)
        if isinstance(one, CannotReview):
            result.refused.append(RelabelRefusal(id, one.code))
        else:
            result.events.append(one)
    return result

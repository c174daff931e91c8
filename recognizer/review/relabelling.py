"""Saying of many drawings at once what they are: an event each, each to be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from recognizer.models import Label, LabelKind, User
from recognizer.review.queue import REFUSALS
from recognizer.review.truth import CannotAppend, append_event, read_drawing

MOST_AT_ONCE = 200
UNDONE = (LabelKind.REVIEW, LabelKind.SET_ASIDE)
Id = TypeVar("Id", UUID, int)


class CannotRelabel(Exception):
    """Nothing was done: there are none, or more than MOST_AT_ONCE."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was left as it is, a drawing or an event, and why: `code` is one of REFUSALS."""

    id: UUID | int
    code: str

    @property
    def detail(self) -> str:
        return REFUSALS[self.code]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The events of what was done, in the order asked; what was refused cost the others nothing."""

    events: list[Label] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def relabel_many(
    *, author: User, drawings: Mapping[UUID, int | None], value: int, source: str
) -> Outcome:
    """A verdict on each: 0 to 9 or NOT_A_DIGIT. `drawings` are ids, each with the revision that
    was looked at, where it is known: one that has grown since is refused. Raises CannotRelabel.

    A transaction for each, as `append_event` wants: together they would keep everybody from
    drawing meanwhile.
    """
    return _say_of_each(author, drawings, LabelKind.REVIEW, value, source)


def set_aside_many(*, author: User, drawings: Mapping[UUID, int | None], source: str) -> Outcome:
    """Nothing shall learn from them, whatever they are. As `relabel_many`."""
    return _say_of_each(author, drawings, LabelKind.SET_ASIDE, None, source)


def undo_many(*, author: User, label_ids: Sequence[int], source: str) -> Outcome:
    """Undo verdicts, and settings aside, of one's own, by another event each. Raises
    CannotRelabel."""
    return _each(dict.fromkeys(label_ids), lambda id: _undo(author, id, source))


def _say_of_each(
    author: User,
    drawings: Mapping[UUID, int | None],
    kind: LabelKind,
    value: int | None,
    source: str,
) -> Outcome:
    def say(id: UUID) -> Label:
        drawing = read_drawing(id)
        if drawing is None or not User.objects.filter(pk=drawing.owner_id, may_teach=True).exists():
            raise CannotAppend("not_found")
        if drawing.owner_id == author.pk:
            raise CannotAppend("own_drawing")
        if drawings[id] not in (None, drawing.revision):
            raise CannotAppend("stale")
        if drawing.deleted_at is None and drawing.prediction is None:
            raise CannotAppend("stale")
        return append_event(drawing=drawing, author=author, kind=kind, value=value, source=source)

    return _each(drawings, say)


def _undo(author: User, label_id: int, source: str) -> Label:
    own = Label.objects.filter(author=author, kind__in=UNDONE).select_related("drawing")
    said = own.filter(pk=label_id).first()
    if said is None:
        raise CannotAppend("not_found")
    if hasattr(said, "undone_by"):
        raise CannotAppend("nothing_to_undo")
    if said.revision != said.drawing.revision:
        raise CannotAppend("stale")
    try:
        with transaction.atomic():
            return append_event(
                drawing=said.drawing,
                author=author,
                kind=LabelKind.UNDO,
                value=None,
                source=source,
                undoes=said,
            )
    except IntegrityError:  # somebody was faster: an event is undone once
        raise CannotAppend("nothing_to_undo") from None


def _each(ids: Mapping[Id, object], say: Callable[[Id], Label]) -> Outcome:
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise CannotRelabel(f"Choose from 1 to {MOST_AT_ONCE} drawings at a time.")
    outcome = Outcome()
    for id in ids:
        try:
            with transaction.atomic():
                outcome.events.append(say(id))
        except CannotAppend as error:
            outcome.refused.append(Refusal(id, error.code))
    return outcome

"""Drawings that come by request and not by socket: kept, handed to the intake, waited for, read."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from recognizer import delivery, intake, limits
from recognizer.history.pages import own_drawings
from recognizer.ink import Ink
from recognizer.intake import Accepted, CannotAccept
from recognizer.models import Drawing
from recognizer.pictures import Kept, forget_picture, keep_picture

STORED_WITHIN_S = 30.0


@dataclass(frozen=True)
class NewDrawing:
    """Ink or the bytes of a picture; one of them."""

    ink: Ink | None = None
    picture: bytes = b""
    pointer: str = ""
    ref: UUID = field(default_factory=uuid4)


def submit_drawings(
    *, owner_id: int, drawings: Sequence[NewDrawing], wait_s: float = 0
) -> list[Drawing | CannotAccept]:
    """Store drawings at revision 1 and wait up to `wait_s` for their answers. For each, in order,
    the drawing as it stands then, or why it was refused. Raises CannotReadPicture or
    limits.TooMany before anything is stored."""
    limits.admit(owner_id, len(drawings))
    given = [_hand_in(owner_id, drawing) for drawing in drawings]
    outcomes = [_outcome(future, kept) for future, kept in given]
    ids = [outcome.id for outcome in outcomes if isinstance(outcome, Accepted)]
    if wait_s and ids:
        delivery.wait_for_answers(ids, wait_s)
    stored = {drawing.pk: drawing for drawing in own_drawings(owner_id).filter(pk__in=ids)}
    return [
        outcome if isinstance(outcome, CannotAccept) else stored.get(outcome.id, _gone())
        for outcome in outcomes
    ]


def _gone() -> CannotAccept:
    """Somebody deleted it while its answer was awaited."""
    return CannotAccept("deleted")


def _hand_in(owner_id: int, drawing: NewDrawing) -> tuple[Future[Accepted], Kept | None]:
    kept = None
    if drawing.ink is None:
        kept = keep_picture(owner_id=owner_id, ref=drawing.ref, content=drawing.picture)
    future = intake.submit(
        owner_id=owner_id,
        ref=drawing.ref,
        revision=1,
        ink=drawing.ink,
        picture=kept.name if kept else "",
        pointer=drawing.pointer,
    )
    return future, kept


def _outcome(future: Future[Accepted], kept: Kept | None) -> Accepted | CannotAccept:
    try:
        return future.result(STORED_WITHIN_S)
    except TimeoutError:
        return CannotAccept("unavailable", retry_after_s=1)
    except CannotAccept as refusal:
        if kept and refusal.code != "unavailable":
            forget_picture(kept)
        return refusal

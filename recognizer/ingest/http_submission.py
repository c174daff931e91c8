"""Submission of drawings over HTTP, with an optional wait for their predictions."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from recognizer import ingest, rate_limits, request_costs
from recognizer.drawings.ink_validation import Ink
from recognizer.drawings.pagination import user_drawings
from recognizer.drawings.site_storage import check_site_storage
from recognizer.drawings.validate_and_store_picture import (
    StoredPicture,
    discard_picture,
    store_picture,
)
from recognizer.ingest import Accepted, CannotAccept
from recognizer.messaging.prediction_waiter import wait_for_predictions
from recognizer.models import Drawing
from recognizer.payers import Payer

STORE_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class NewDrawing:
    """A submitted drawing: `ink`, or the bytes of a `picture`. `prompt` is the digit of a
    prompt of a challenge."""

    ink: Ink | None = None
    picture: bytes = b""
    pointer: str = ""
    ref: UUID = field(default_factory=uuid4)
    prompt: int | None = None


def submit_drawings(
    *,
    owner_id: int,
    payer: Payer,
    drawings: Sequence[NewDrawing],
    wait_s: float = 0,
    before_wait: Callable[[], None] = lambda: None,
    paid: float = 0,
) -> list[Drawing | CannotAccept]:
    """Store drawings at revision 1 and wait up to `wait_s` seconds for their predictions.

    Return for each, in order, the drawing or the error. `before_wait` is called when the drawings
    are stored and the wait begins. `paid` is what the request has spent.
    Raises CannotReadPicture or RateLimited before anything is stored.
    """
    cost = sum(map(_cost, drawings))
    rate_limits.check_limits(owner_id, len(drawings), payer=payer, cost=cost, paid=paid)
    check_site_storage()
    rate_limits.consume_stored_bytes(payer, sum(map(_size, drawings)))
    given = [_submit_one(owner_id, drawing) for drawing in drawings]
    outcomes = [_wait_for_outcome(future, kept) for future, kept in given]
    ids = [outcome.id for outcome in outcomes if isinstance(outcome, Accepted)]
    if wait_s and ids:
        before_wait()
        wait_for_predictions(ids, wait_s)
    stored = {drawing.pk: drawing for drawing in user_drawings(owner_id).filter(pk__in=ids)}
    deleted = CannotAccept("deleted")  # during the wait
    return [
        outcome if isinstance(outcome, CannotAccept) else stored.get(outcome.id, deleted)
        for outcome in outcomes
    ]


def _cost(drawing: NewDrawing) -> float:
    if drawing.ink is None:
        return request_costs.cost_of("picture")
    return request_costs.ink_cost(drawing.ink.points)


def _size(drawing: NewDrawing) -> int:
    return len(drawing.picture if drawing.ink is None else drawing.ink.json)


def _submit_one(
    owner_id: int, drawing: NewDrawing
) -> tuple[Future[Accepted], StoredPicture | None]:
    kept = None
    if drawing.ink is None:
        kept = store_picture(owner_id=owner_id, ref=drawing.ref, content=drawing.picture)
    future = ingest.submit(
        owner_id=owner_id,
        ref=drawing.ref,
        revision=1,
        ink=drawing.ink,
        picture=kept.name if kept else "",
        pointer=drawing.pointer,
        prompt=drawing.prompt,
    )
    return future, kept


def _wait_for_outcome(
    future: Future[Accepted], kept: StoredPicture | None
) -> Accepted | CannotAccept:
    try:
        return future.result(STORE_TIMEOUT_S)
    except TimeoutError:
        return CannotAccept("unavailable", retry_after_s=1)
    except CannotAccept as refusal:
        if kept and refusal.code != "unavailable":
            discard_picture(kept)
        return refusal

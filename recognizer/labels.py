"""What people say a drawing is: an appended claim, and the newest of them on the drawing."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction

from recognizer import contract, delivery
from recognizer.models import Drawing, Feed, Label


class CannotLabel(Exception):
    """`code` is not_found or deleted."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.detail = contract.ERRORS[code]
        super().__init__(self.detail)


def claim_label(*, owner_id: int, drawing_id: UUID, value: int | None, source: str) -> Drawing:
    """The owner says what it is: 0 to 9, NOT_A_DIGIT, or None, which takes the claim back.

    Raises CannotLabel.
    """
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = Drawing.objects.filter(pk=drawing_id, owner_id=owner_id).first()
        if drawing is None:
            raise CannotLabel("not_found")
        if drawing.deleted_at is not None:
            raise CannotLabel("deleted")
        drawing.claim, drawing.cursor = value, cursor
        drawing.save(update_fields=["claim", "cursor"])
        Label.objects.create(
            drawing=drawing,
            author_id=owner_id,
            revision=drawing.revision,
            value=value,
            shown_id=drawing.prediction_id,
            source=source,
        )
        events = [contract.label_event(drawing)]
        transaction.on_commit(partial(delivery.announce, user_id=owner_id, events=events))
    return drawing

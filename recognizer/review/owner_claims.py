"""Claims: labels of users on their own drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from django.db import transaction

from recognizer import protocol
from recognizer.base_errors import CodedError
from recognizer.models import Drawing, Feed, Label, LabelKind
from recognizer.review.ground_truth import label_drawing, load_drawing, record_label_events


class CannotLabel(CodedError):
    """`code` is not_found, deleted, or stale: the drawing has changed since the named revision."""

    status = 409
    messages = protocol.ERRORS
    statuses: ClassVar[Mapping[str, int]] = {"not_found": 404}


def set_claim(
    *, owner_id: int, drawing_id: UUID, value: int | None, source: str, revision: int | None = None
) -> Drawing:
    """Append the owner's claim and return the drawing.

    `value` is 0 to 9, NOT_A_DIGIT_LABEL, or None to withdraw the claim. It applies to the newest
    revision. If `revision` is given and is not the newest one, the claim is refused. Raises
    CannotLabel.
    """
    with transaction.atomic():
        cursor = Feed.advance(owner_id)
        drawing = load_drawing(drawing_id)
        if drawing is None or drawing.owner_id != owner_id:
            raise CannotLabel("not_found")
        if drawing.deleted_at is not None:
            raise CannotLabel("deleted")
        if revision not in (None, drawing.revision):
            raise CannotLabel("stale")
        claim = Label(author_id=owner_id, kind=LabelKind.CLAIM, value=value, source=source)
        record_label_events([(label_drawing(drawing, cursor), claim)])
    return drawing

"""JSON of review items, search results and relabelled drawings.

A hidden gold drawing has the same shape as any other, and no payload names the owner.
"""

import base64
import json
from typing import Annotated, TypedDict

from django.db.models import F
from django.utils import timezone

from recognizer import protocol
from recognizer.drawings.raster_png import encode_prediction_raster
from recognizer.models import Drawing, Label, ReviewReason, Split, User
from recognizer.protocol.drawing_json_payloads import (
    JsonSchema,
    LabelValue,
    PredictionPayload,
    SearchedSince,
    Strokes,
    Timestamp,
    Url,
    Uuid,
    label_schema,
)
from recognizer.review.bulk_relabel import RelabelResult
from recognizer.review.queue import LeasedItem, count_waiting, reviews_of

MAX_REVIEWS_SHOWN = 10
MAX_LABELS_SCANNED = 100

Raster = Annotated[
    str | None, "The 28x28 input of the model, as a data URL; null if there are strokes."
]

ReviewChoice = Annotated[int | str, JsonSchema(**label_schema("skip", "undo"))]


class InkPayload(TypedDict):
    strokes: Annotated[Strokes | None, "Null for a picture."]
    raster: Raster


class UnreviewedDrawingPayload(InkPayload):
    id: Annotated[Uuid, "The review item, or in the search the drawing."]
    revision: int
    prediction: PredictionPayload | None
    claim: Annotated[LabelValue | None, "The label that the owner gave."]


class ReviewItemPayload(UnreviewedDrawingPayload):
    """A drawing leased until `lease_until`, or longer if no other reviewer requests it."""

    lease: Uuid
    lease_until: Timestamp
    reason: Annotated[str, JsonSchema(enum=ReviewReason.values)]
    why: Annotated[str, "The reason in words."]
    pointer: str
    split: Annotated[
        Annotated[str, Split] | None, "Of the owner's drawings; null unless you are an admin."
    ]


class NextReviewItemPayload(TypedDict):
    item: Annotated[ReviewItemPayload | None, "Null if no drawing waits for this reviewer."]
    waiting: Annotated[int, "Review items available to this reviewer, including this one."]


class ReviewResultPayload(TypedDict):
    id: Uuid
    choice: Annotated[ReviewChoice, "As sent."]
    item: Annotated[
        ReviewItemPayload | None, "After undo: the review item, unless another reviewer has it."
    ]


class PastReviewPayload(TypedDict):
    id: Uuid
    choice: ReviewChoice | None
    item: InkPayload
    status: str


class ReviewPagePayload(TypedDict):
    """The initial data of the review page: the latest reviews, newest first."""

    today: int
    decided: list[PastReviewPayload]


class FoundDrawingPayload(UnreviewedDrawingPayload):
    """A drawing of another user."""

    ground_truth: Annotated[LabelValue | None, "The agreed label."]
    is_set_aside: Annotated[bool, "Excluded from training."]


class FoundDrawingListPayload(TypedDict):
    next: Annotated[Url | None, "The next page; null on the last one."]
    searched_since: SearchedSince
    results: list[FoundDrawingPayload]


class LabelEventPayload(TypedDict):
    id: Annotated[Uuid, "The drawing."]
    event: Annotated[int, "The id that undoes this label."]
    ground_truth: Annotated[LabelValue | None, "The agreed label after the change."]


class RejectedDrawingPayload(TypedDict):
    id: Annotated[str, "The drawing or event, as sent."]
    code: Annotated[str, "not_found, own_drawing, stale, deleted or nothing_to_undo."]
    detail: str


class BulkRelabelResultPayload(TypedDict):
    done: list[LabelEventPayload]
    refused: list[RejectedDrawingPayload]


def review_item_json(item: LeasedItem, reviewer: User) -> ReviewItemPayload:
    """`prediction` and `claim` are always included; the reviewer decides whether to see them."""
    return {
        **_drawing_json(item.drawing),
        "id": str(item.key),
        "lease": str(item.lease),
        "lease_until": item.lease_until.isoformat(),
        "reason": item.reason.value,
        "why": str(item.reason.label),
        "pointer": item.drawing.pointer,
        "split": item.drawing.owner.split or None if reviewer.is_admin else None,
    }


def next_item_json(item: LeasedItem | None, reviewer: User) -> NextReviewItemPayload:
    return {
        "item": review_item_json(item, reviewer) if item else None,
        "waiting": count_waiting(reviewer),
    }


def review_page_json(reviewer: User) -> ReviewPagePayload:
    """Return the latest reviews and the number of reviews today (UTC).

    A review cannot be undone, and is left out, if its drawing was changed or deleted since, or if
    the owner no longer allows training or is no longer active.
    """
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    answers = reviews_of(reviewer).filter(item__isnull=False)
    today = answers.filter(created_at__gte=midnight, value__isnull=False).count()
    # Ids of the index first: PostgreSQL would load and sort all labels of the reviewer.
    newest = Label.objects.filter(author=reviewer, item__isnull=False).order_by("-id")
    recent = answers.filter(
        pk__in=list(newest.values_list("pk", flat=True)[:MAX_LABELS_SCANNED]),
        revision=F("drawing__revision"),
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )
    labels = recent.select_related("drawing__prediction")[:MAX_REVIEWS_SHOWN]
    return {"today": today, "decided": [_past_review_json(label) for label in labels]}


def search_result_json(drawing: Drawing) -> FoundDrawingPayload:
    ground_truth = getattr(drawing, "ground_truth", None)
    is_set_aside = (
        ground_truth is not None
        and ground_truth.revision == drawing.revision
        and ground_truth.is_set_aside
    )
    return {
        **_drawing_json(drawing),
        "ground_truth": protocol.label_json(protocol.current_ground_truth(drawing)),
        "is_set_aside": is_set_aside,
    }


def relabel_result_json(result: RelabelResult) -> BulkRelabelResultPayload:
    return {
        "done": [
            {
                "id": str(event.drawing_id),
                "event": event.pk,
                "ground_truth": protocol.label_json(protocol.current_ground_truth(event.drawing)),
            }
            for event in result.events
        ],
        "refused": [
            {"id": str(one.id), "code": one.code, "detail": one.detail} for one in result.refused
        ],
    }


def _past_review_json(label: Label) -> PastReviewPayload:
    choice = "skip" if label.value is None else protocol.label_json(label.value)
    ink = _ink_json(label.drawing)
    return {"id": str(label.item), "choice": choice, "item": ink, "status": "kept"}


def _drawing_json(drawing: Drawing) -> UnreviewedDrawingPayload:
    return {
        **_ink_json(drawing),
        "id": str(drawing.pk),
        "revision": drawing.revision,
        "prediction": protocol.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": protocol.label_json(drawing.claim),
    }


def _ink_json(drawing: Drawing) -> InkPayload:
    if drawing.ink:
        return {"strokes": json.loads(drawing.ink), "raster": None}
    if drawing.prediction is None:
        return {"strokes": None, "raster": None}
    picture = base64.b64encode(encode_prediction_raster(drawing.prediction)).decode()
    return {"strokes": None, "raster": f"data:image/png;base64,{picture}"}

"""A card as the HTTP interface and the page show it. A hidden gold one reads like any other, and
nobody learns whose drawing it is."""

import base64
import json
from typing import Any

from django.db.models import F
from django.utils import timezone

from recognizer import protocol
from recognizer.accounts.data_export import encode_prediction_raster
from recognizer.models import Drawing, Label, User
from recognizer.review.queue import LeasedItem, count_waiting, reviews_of

MAX_REVIEWS_SHOWN = 10


def review_item_json(card: LeasedItem) -> dict[str, Any]:
    """`prediction` and `claim` are always told; whether to look at them first is the reviewer's."""
    drawing = card.drawing
    return {
        "id": str(drawing.pk),
        "revision": drawing.revision,
        "lease": str(card.lease),
        "lease_until": card.lease_until.isoformat(),
        "reason": card.reason.value,
        "why": card.reason.label,
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "raster": _raster_data_url(drawing),
        "pointer": drawing.pointer,
        "prediction": protocol.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": protocol.label_json(drawing.claim),
    }


def next_item_json(card: LeasedItem | None, reviewer: User) -> dict[str, Any]:
    """What comes next, and how much waits for this reviewer."""
    return {"item": card and review_item_json(card), "waiting": count_waiting(reviewer)}


def review_page_json(reviewer: User) -> dict[str, Any]:
    """What the page begins with: one's last decisions, the newest first, and how many today. A
    decision about ink that has grown, or gone, cannot be undone and is left out; so is one about
    the ink of somebody who has said no since."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    today = reviews_of(reviewer).filter(created_at__gte=midnight, value__isnull=False).count()
    recent = reviews_of(reviewer).filter(
        revision=F("drawing__revision"),
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )
    labels = recent.select_related("drawing__prediction")[:MAX_REVIEWS_SHOWN]
    return {"today": today, "decided": [_past_review_json(label) for label in labels]}


def _past_review_json(label: Label) -> dict[str, Any]:
    drawing = label.drawing
    ink = {
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "raster": _raster_data_url(drawing),
    }
    decision = "skip" if label.value is None else protocol.label_json(label.value)
    return {"id": str(drawing.pk), "choice": decision, "item": ink, "status": "kept"}


def _raster_data_url(drawing: Drawing) -> str | None:
    """What the network saw, as a data URL; only for a picture, which has no strokes to show."""
    if drawing.ink or drawing.prediction is None:
        return None
    picture = base64.b64encode(encode_prediction_raster(drawing.prediction)).decode()
    return f"data:image/png;base64,{picture}"


def search_result_json(drawing: Drawing) -> dict[str, Any]:
    """A drawing that a search found."""
    ground_truth = getattr(drawing, "ground_truth", None)
    is_set_aside = (
        ground_truth is not None
        and ground_truth.revision == drawing.revision
        and ground_truth.is_set_aside
    )
    return {
        "id": str(drawing.pk),
        "revision": drawing.revision,
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "raster": _raster_data_url(drawing),
        "prediction": protocol.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": protocol.label_json(drawing.claim),
        "ground_truth": protocol.label_json(protocol.current_ground_truth(drawing)),
        "is_set_aside": is_set_aside,
    }

"""A card as the HTTP interface and the page show it. A hidden gold one reads like any other, and
nobody learns whose drawing it is."""

import base64
import json
from typing import Any

from django.db.models import F
from django.utils import timezone

from recognizer import contract
from recognizer.export import raster_png
from recognizer.models import Drawing, Label, User
from recognizer.review.queue import Card, count_waiting, decisions_of

DECISIONS_SHOWN = 10


def card_json(card: Card) -> dict[str, Any]:
    """`prediction` and `claim` are always told; whether to look at them first is the reviewer's."""
    drawing = card.drawing
    return {
        "id": str(drawing.pk),
        "revision": drawing.revision,
        "lease": str(card.lease),
        "lease_until": card.until.isoformat(),
        "reason": card.reason.value,
        "why": card.reason.label,
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "raster": _seen(drawing),
        "pointer": drawing.pointer,
        "prediction": contract.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": contract.label_json(drawing.claim),
    }


def next_json(card: Card | None, reviewer: User) -> dict[str, Any]:
    """What comes next, and how much waits for this reviewer."""
    return {"item": card and card_json(card), "waiting": count_waiting(reviewer)}


def desk_json(reviewer: User) -> dict[str, Any]:
    """What the page begins with: one's last decisions, the newest first, and how many today. A
    decision about ink that has grown, or gone, cannot be undone and is left out; so is one about
    the ink of somebody who has said no since."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    today = decisions_of(reviewer).filter(created_at__gte=midnight, value__isnull=False).count()
    recent = decisions_of(reviewer).filter(
        revision=F("drawing__revision"),
        drawing__deleted_at=None,
        drawing__owner__may_teach=True,
        drawing__owner__is_active=True,
    )
    labels = recent.select_related("drawing__prediction")[:DECISIONS_SHOWN]
    return {"today": today, "decided": [_decided_json(label) for label in labels]}


def _decided_json(label: Label) -> dict[str, Any]:
    drawing = label.drawing
    ink = {"strokes": json.loads(drawing.ink) if drawing.ink else None, "raster": _seen(drawing)}
    decision = "skip" if label.value is None else contract.label_json(label.value)
    return {"id": str(drawing.pk), "choice": decision, "item": ink, "status": "kept"}


def _seen(drawing: Drawing) -> str | None:
    """What the network saw, as a data URL; only for a picture, which has no strokes to show."""
    if drawing.ink or drawing.prediction is None:
        return None
    picture = base64.b64encode(raster_png(drawing.prediction)).decode()
    return f"data:image/png;base64,{picture}"


def found_json(drawing: Drawing) -> dict[str, Any]:
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
        "raster": _seen(drawing),
        "prediction": contract.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": contract.label_json(drawing.claim),
        "ground_truth": contract.label_json(contract.truth_value(drawing)),
        "is_set_aside": is_set_aside,
    }

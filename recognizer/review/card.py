"""A card as the HTTP interface and the page show it. A hidden gold one reads like any other, and
nobody learns whose drawing it is."""

import base64
import json
from typing import Any

from recognizer import contract
from recognizer.export import raster_png
from recognizer.models import Drawing, User
from recognizer.review.queue import Card, count_waiting


def card_json(card: Card) -> dict[str, Any]:
    """`answer` and `claim` are always told; whether to look at them first is the reviewer's."""
    drawing = card.drawing
    return {
        "id": str(drawing.pk),
        "revision": drawing.revision,
        "lease": str(card.lease),
        "lease_until": card.until.isoformat(),
        "reason": card.reason.value,
        "why": card.reason.label,
        "strokes": json.loads(drawing.ink) if drawing.ink else None,
        "seen": _seen(drawing),
        "pointer": drawing.pointer,
        "answer": contract.prediction_json(drawing.prediction) if drawing.prediction else None,
        "claim": contract.label_json(drawing.claim),
    }


def next_json(card: Card | None, reviewer: User) -> dict[str, Any]:
    """What comes next, and how much waits for this reviewer."""
    return {"card": card and card_json(card), "waiting": count_waiting(reviewer)}


def _seen(drawing: Drawing) -> str | None:
    """What the network saw, as a data URL; only for a picture, which has no strokes to show."""
    if drawing.ink or drawing.prediction is None:
        return None
    picture = base64.b64encode(raster_png(drawing.prediction)).decode()
    return f"data:image/png;base64,{picture}"

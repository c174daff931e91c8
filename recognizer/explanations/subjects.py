"""What can be explained: a drawing at its newest revision, or one of our own ten examples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from recognizer.models import Drawing

Part = Literal["prediction", "neighbours"]
PARTS: tuple[Part, ...] = get_args(Part)
"""Asked for one by one: what the network does with a drawing, and the nearest it learnt from."""

Strokes = list[list[list[float]]]

EXAMPLE_INKS: tuple[Strokes, ...] = tuple(
    json.loads((Path(__file__).parent / "examples.json").read_text())
)
"""Our own hand, one ink for each digit, on a sheet of 1000 by 1000."""


@dataclass(frozen=True, slots=True)
class SubjectInput:
    """Ink where there is any; `raster` is what the network saw, None of an example."""

    strokes: Strokes | None
    raster: bytes | None


def drawing_subject(drawing: Drawing) -> str:
    return f"drawing:{drawing.pk}:{drawing.revision}"


def example_subject(digit: int) -> str:
    return f"example:{digit}"


def is_example(subject: str) -> bool:
    return subject.startswith("example:")


def load_subject(subject: str) -> SubjectInput | None:
    """What lies behind a subject; None of a drawing that has changed or gone, or has no answer."""
    kind, _, rest = subject.partition(":")
    if kind == "example":
        return SubjectInput(EXAMPLE_INKS[int(rest)], None)
    id, _, revision = rest.partition(":")
    drawing = (
        Drawing.objects.filter(pk=id, revision=revision, deleted_at=None)
        .select_related("prediction")
        .first()
    )
    if drawing is None or drawing.prediction is None:
        return None
    strokes = json.loads(drawing.ink) if drawing.ink else None
    return SubjectInput(strokes, bytes(drawing.prediction.raster))

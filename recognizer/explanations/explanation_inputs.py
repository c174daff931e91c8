"""Subjects of explanations: a drawing at its newest revision, or one of ten example drawings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from recognizer.models import Drawing

Part = Literal["prediction", "neighbours"]
PARTS: tuple[Part, ...] = get_args(Part)
"""Requested one by one: how the model predicts, and the nearest training examples."""

Strokes = list[list[list[float]]]

EXAMPLE_INKS: tuple[Strokes, ...] = tuple(
    json.loads((Path(__file__).parent / "example_drawings.json").read_text())
)
"""One ink for each digit, on a canvas of 1000 by 1000."""


@dataclass(frozen=True, slots=True)
class ExplanationSubject:
    """A drawing at a revision, or an example: `kind` is drawing or example.

    `str()` returns the form for task payloads and cache keys, which `parse` reads.
    """

    kind: Literal["drawing", "example"]
    id: str
    revision: int = 0

    @classmethod
    def parse(cls, text: str) -> ExplanationSubject:
        """Read `drawing:ID:REVISION` or `example:DIGIT`."""
        kind, _, rest = text.partition(":")
        if kind == "example":
            return cls("example", rest)
        id, _, revision = rest.partition(":")
        return cls("drawing", id, int(revision))

    def __str__(self) -> str:
        if self.kind == "example":
            return f"example:{self.id}"
        return f"drawing:{self.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class SubjectInput:
    """The input of the model. A picture has no `strokes`, an example no `raster`."""

    strokes: Strokes | None
    raster: bytes | None


def drawing_subject(drawing: Drawing) -> ExplanationSubject:
    return ExplanationSubject("drawing", str(drawing.pk), drawing.revision)


def example_subject(digit: int) -> ExplanationSubject:
    return ExplanationSubject("example", str(digit))


def load_subject(subject: ExplanationSubject) -> SubjectInput | None:
    """Return the input of a subject.

    Returns None if the drawing was changed or deleted, or has no prediction.
    """
    if subject.kind == "example":
        return SubjectInput(EXAMPLE_INKS[int(subject.id)], None)
    drawing = (
        Drawing.objects.filter(pk=subject.id, revision=subject.revision, deleted_at=None)
        .select_related("prediction")
        .first()
    )
    if drawing is None or drawing.prediction is None:
        return None
    strokes = json.loads(drawing.ink) if drawing.ink else None
    return SubjectInput(strokes, bytes(drawing.prediction.raster))

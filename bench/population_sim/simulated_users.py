"""Users that draw and claim digits: pen writers with a few wrong claims, and a vandal.

The digits that were drawn are stored here only; the site receives the claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.harness.api_client import JSON, ApiClient
from ml.data.datasets import InkSample

BATCH_SIZE = 128
CLAIM_ERROR_RATE = 0.1

Strokes = Sequence[Sequence[Sequence[float]]]
InkKey = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class SubmittedDrawing:
    """A drawing with its id on the site, its user, its real digit and the claim."""

    id: str
    user: str
    digit: int
    claim: int
    ink: InkSample


@dataclass(slots=True)
class Population:
    """All submitted drawings, by id. Review items do not name their drawings, so reviewers find the
    digit by the ink."""

    drawings: dict[str, SubmittedDrawing] = field(default_factory=dict)
    digits_by_ink: dict[InkKey, int] = field(default_factory=dict)

    def add(self, drawing: SubmittedDrawing) -> None:
        self.drawings[drawing.id] = drawing
        self.digits_by_ink[_ink_key(drawing.ink.strokes)] = drawing.digit

    def find_digit(self, strokes: Strokes) -> int:
        """Return the digit that was drawn with this ink."""
        return self.digits_by_ink[_ink_key(strokes)]


def draw_and_claim(
    population: Population,
    api: ApiClient,
    user: str,
    inks: Sequence[InkSample],
    claims: Sequence[int],
) -> None:
    """Submit drawings, wait for the predictions, and claim each drawing."""
    for drawing, ink, claim in zip(submit_drawings(api, inks), inks, claims, strict=True):
        id = drawing["id"]
        api.post(f"drawings/{id}/claim/", {"claim": int(claim)})
        population.add(SubmittedDrawing(id, user, ink.label, int(claim), ink))


def submit_drawings(api: ApiClient, inks: Sequence[InkSample]) -> list[JSON]:
    """Submit drawings; return them with their predictions, in order."""
    drawings: list[JSON] = []
    for start in range(0, len(inks), BATCH_SIZE):
        bodies = [{"strokes": _add_times(ink)} for ink in inks[start : start + BATCH_SIZE]]
        drawings += api.post("drawings/batch/?wait=20", bodies)
    waiting = [one for one in drawings if one.get("status") != "recognized"]
    if waiting:
        raise RuntimeError(f"{len(waiting)} of {len(drawings)} drawings have no prediction.")
    return drawings


def make_noisy_claims(inks: Sequence[InkSample], rng: np.random.Generator) -> list[int]:
    """Return the claims of an honest but careless user: one in ten is another digit."""
    claims = []
    for ink in inks:
        other = (ink.label + int(rng.integers(1, 10))) % 10
        claims.append(other if rng.random() < CLAIM_ERROR_RATE else ink.label)
    return claims


def sample_inks(
    inks: Sequence[InkSample], num_writers: int, total: int, rng: np.random.Generator
) -> list[InkSample]:
    """Return `total` random drawings, equally many of each of the first `num_writers` writers."""
    writers = sorted({ink.writer for ink in inks})
    chosen: list[InkSample] = []
    for writer in writers[:num_writers]:
        own = [ink for ink in inks if ink.writer == writer]
        chosen += [own[index] for index in rng.permutation(len(own))[: total // num_writers]]
    return chosen


def _ink_key(strokes: Strokes) -> InkKey:
    return tuple(tuple((round(x, 1), round(y, 1)) for x, y, *_ in stroke) for stroke in strokes)


def _add_times(ink: InkSample) -> list[list[list[float]]]:
    """Return the strokes with a time of 100 ms per point."""
    return [[[x, y, n * 100.0] for n, (x, y) in enumerate(stroke)] for stroke in ink.strokes]

"""People who draw and say what they drew: pen writers who are mostly right, and a vandal who is
not. What a drawing really is stays in here; the site never hears of it but through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.population_sim.api_client import JSON, ApiClient
from ml.data.datasets import InkSample

BATCH_SIZE = 128
CLAIM_ERROR_RATE = 0.1


@dataclass(frozen=True, slots=True)
class SubmittedDrawing:
    """A drawing of somebody's: its id on the site, what it is, what its owner said."""

    id: str
    person: str
    digit: int
    claim: int
    ink: InkSample


@dataclass(slots=True)
class Population:
    """All that was drawn, by id."""

    drawn: dict[str, SubmittedDrawing] = field(default_factory=dict)

    def of(self, person: str) -> list[SubmittedDrawing]:
        return [one for one in self.drawn.values() if one.person == person]


def draw_and_claim(
    town: Population, api: ApiClient, person: str, inks: Sequence[InkSample], claims: Sequence[int]
) -> None:
    """Draw, wait for the answers, and say of each drawing what it is."""
    for answer, ink, claim in zip(draw_all(api, inks), inks, claims, strict=True):
        api.post(f"drawings/{answer['id']}/claim/", {"claim": int(claim)})
        town.drawn[answer["id"]] = SubmittedDrawing(
            answer["id"], person, ink.label, int(claim), ink
        )


def draw_all(api: ApiClient, inks: Sequence[InkSample]) -> list[JSON]:
    """The answered drawings, in order."""
    answers: list[JSON] = []
    for start in range(0, len(inks), BATCH_SIZE):
        bodies = [{"strokes": _to_strokes(ink)} for ink in inks[start : start + BATCH_SIZE]]
        answers += api.post("drawings/batch/?wait=20", bodies)
    waiting = [one for one in answers if one.get("status") != "recognized"]
    if waiting:
        raise RuntimeError(f"{len(waiting)} of {len(answers)} drawings have no answer.")
    return answers


def make_noisy_claims(inks: Sequence[InkSample], rng: np.random.Generator) -> list[int]:
    """What an honest but careless person says: one in ten is another digit."""
    claims = []
    for ink in inks:
        other = (ink.label + int(rng.integers(1, 10))) % 10
        claims.append(other if rng.random() < CLAIM_ERROR_RATE else ink.label)
    return claims


def distribute_inks(
    inks: Sequence[InkSample], people: int, total: int, rng: np.random.Generator
) -> list[InkSample]:
    """`total` drawings, as many of each writer, taken at random."""
    writers = sorted({ink.writer for ink in inks})
    chosen: list[InkSample] = []
    for writer in writers[:people]:
        own = [ink for ink in inks if ink.writer == writer]
        picked = rng.permutation(len(own))[: total // people]
        chosen += [own[at] for at in picked]
    return chosen


def _to_strokes(ink: InkSample) -> list[list[list[float]]]:
    return [[[x, y, at * 100.0] for at, (x, y) in enumerate(stroke)] for stroke in ink.strokes]

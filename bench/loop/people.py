"""People who draw and say what they drew: pen writers who are mostly right, and a vandal who is
not. What a drawing really is stays in here; the site never hears of it but through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.loop.api import JSON, Api
from ml.datasets import Ink

BATCH = 128
WRONG_CLAIMS = 0.1


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing of somebody's: its id on the site, what it is, what its owner said."""

    id: str
    person: str
    digit: int
    claim: int
    ink: Ink


@dataclass(slots=True)
class Town:
    """All that was drawn, by id."""

    drawn: dict[str, Drawn] = field(default_factory=dict)

    def of(self, person: str) -> list[Drawn]:
        return [one for one in self.drawn.values() if one.person == person]


def draw_and_claim(
    town: Town, api: Api, person: str, inks: Sequence[Ink], claims: Sequence[int]
) -> None:
    """Draw, wait for the answers, and say of each drawing what it is."""
    for answer, ink, claim in zip(draw_all(api, inks), inks, claims, strict=True):
        api.post(f"drawings/{answer['id']}/claim/", {"claim": int(claim)})
        town.drawn[answer["id"]] = Drawn(answer["id"], person, ink.label, int(claim), ink)


def draw_all(api: Api, inks: Sequence[Ink]) -> list[JSON]:
    """The answered drawings, in order."""
    answers: list[JSON] = []
    for start in range(0, len(inks), BATCH):
        bodies = [{"strokes": _to_strokes(ink)} for ink in inks[start : start + BATCH]]
        answers += api.post("drawings/batch/?wait=20", bodies)
    waiting = [one for one in answers if one.get("status") != "recognized"]
    if waiting:
        raise RuntimeError(f"{len(waiting)} of {len(answers)} drawings have no answer.")
    return answers


def claim_mostly_right(inks: Sequence[Ink], rng: np.random.Generator) -> list[int]:
    """What an honest but careless person says: one in ten is another digit."""
    claims = []
    for ink in inks:
        other = (ink.label + int(rng.integers(1, 10))) % 10
        claims.append(other if rng.random() < WRONG_CLAIMS else ink.label)
    return claims


def share_out(inks: Sequence[Ink], people: int, total: int, rng: np.random.Generator) -> list[Ink]:
    """`total` drawings, as many of each writer, taken at random."""
    writers = sorted({ink.writer for ink in inks})
    chosen: list[Ink] = []
    for writer in writers[:people]:
        own = [ink for ink in inks if ink.writer == writer]
        picked = rng.permutation(len(own))[: total // people]
        chosen += [own[at] for at in picked]
    return chosen


def _to_strokes(ink: Ink) -> list[list[list[float]]]:
    return [[[x, y, at * 100.0] for at, (x, y) in enumerate(stroke)] for stroke in ink.strokes]

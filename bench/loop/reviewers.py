"""Reviewers who take what the queue gives them, look, and err now and then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.loop.api import Api
from bench.loop.people import Town

ERRORS = 0.03


def review_queue(
    town: Town, apis: Sequence[Api], *, most: int, rng: np.random.Generator
) -> dict[str, int]:
    """Work the queue in turn until it is empty or `most` were judged; the verdict by drawing."""
    verdicts: dict[str, int] = {}
    for turn in range(most):
        api = apis[turn % len(apis)]
        card = api.get("review/next/")["item"]
        if card is None:
            break
        id = card["id"]
        verdict = _look(town.drawn[id].digit, rng)
        api.post(f"review/{id}/", {"lease": card["lease"], "choice": verdict})
        verdicts[id] = verdict
    return verdicts


def _look(digit: int, rng: np.random.Generator) -> int:
    return (digit + int(rng.integers(1, 10))) % 10 if rng.random() < ERRORS else digit

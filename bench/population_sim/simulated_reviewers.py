"""Reviewers who take what the queue gives them, look, and err now and then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.population_sim.api_client import ApiClient
from bench.population_sim.simulated_users import Population

REVIEW_ERROR_RATE = 0.03


def review_queue(
    town: Population, apis: Sequence[ApiClient], *, most: int, rng: np.random.Generator
) -> dict[str, int]:
    """Work the queue in turn until it is empty or `most` were judged; the verdict by drawing."""
    verdicts: dict[str, int] = {}
    for turn in range(most):
        api = apis[turn % len(apis)]
        card = api.get("review/next/")["item"]
        if card is None:
            break
        id = card["id"]
        verdict = _choose_label(town.drawn[id].digit, rng)
        api.post(f"review/{id}/", {"lease": card["lease"], "choice": verdict})
        verdicts[id] = verdict
    return verdicts


def _choose_label(digit: int, rng: np.random.Generator) -> int:
    return (digit + int(rng.integers(1, 10))) % 10 if rng.random() < REVIEW_ERROR_RATE else digit

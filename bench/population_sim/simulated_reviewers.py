"""Reviewers that label the items of the review queue, with a few errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.harness.api_client import ApiClient
from bench.population_sim.simulated_users import Population

REVIEW_ERROR_RATE = 0.03


def review_queue(
    population: Population,
    apis: Sequence[ApiClient],
    *,
    max_reviews: int,
    rng: np.random.Generator,
) -> dict[str, int]:
    """Review until the queue is empty or `max_reviews` are done; return the labels by item."""
    labels: dict[str, int] = {}
    for turn in range(max_reviews):
        api = apis[turn % len(apis)]
        item = api.get("review/next/")["item"]
        if item is None:
            break
        id = item["id"]
        label = _choose_label(population.find_digit(item["strokes"]), rng)
        api.post(f"review/{id}/", {"lease": item["lease"], "choice": label})
        labels[id] = label
    return labels


def _choose_label(digit: int, rng: np.random.Generator) -> int:
    return (digit + int(rng.integers(1, 10))) % 10 if rng.random() < REVIEW_ERROR_RATE else digit

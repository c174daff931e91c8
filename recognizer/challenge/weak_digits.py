"""Counts by digit that make prompts more probable: errors of the champion, and drawings that the
holdout lacks."""

from __future__ import annotations

from collections import Counter

from recognizer.challenge.prompt_selection import NUM_DIGITS, compute_probabilities
from recognizer.models import ChallengePrompt, ModelVersion, Split, User
from recognizer.registry.promotion import load_champion
from recognizer.review.holdout_quota import (
    MIN_DRAWINGS_PER_LABEL,
    count_holdout,
    is_holdout_full,
)

MAX_RECENT_PROMPTS = 2_000


def load_probabilities(user: User) -> list[float]:
    """Return the probability of each digit in a new challenge of a user.

    The champion's errors count only for users of the training split. Holdout drawings that were
    selected by these errors would be harder for the champion than for an equal challenger.
    """
    champion = load_champion() if user.split == Split.TRAINING else None
    wrong, predicted = _count_errors(champion)
    return compute_probabilities(
        num_missing=_count_missing(),
        num_wrong=[wrong[digit] for digit in range(NUM_DIGITS)],
        num_predicted=[predicted[digit] for digit in range(NUM_DIGITS)],
    )


def _count_errors(champion: ModelVersion | None) -> tuple[Counter[int], Counter[int]]:
    wrong: Counter[int] = Counter()
    predicted: Counter[int] = Counter()
    if champion is not None:
        newest = ChallengePrompt.objects.filter(model=champion).order_by("-id")
        for digit, label in newest.values_list("digit", "predicted")[:MAX_RECENT_PROMPTS]:
            predicted[digit] += 1
            wrong[digit] += label != digit
    return wrong, predicted


def _count_missing() -> list[int]:
    """Return how many drawings of each digit the holdout lacks."""
    if is_holdout_full():
        return [0] * NUM_DIGITS
    held = count_holdout().by_label
    return [max(0, MIN_DRAWINGS_PER_LABEL - held[digit]) for digit in range(NUM_DIGITS)]

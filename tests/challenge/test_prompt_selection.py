"""Selection of prompts: probabilities, and the distribution of what is selected."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from recognizer.challenge.prompt_selection import (
    NUM_PROMPTS,
    compute_probabilities,
    select_prompts,
)

NONE = [0] * 10
NUM_DRAWS = 4_000


def _probabilities(
    *, missing: Sequence[int] = NONE, wrong: Sequence[int] = NONE, predicted: Sequence[int] = NONE
) -> list[float]:
    return compute_probabilities(num_missing=missing, num_wrong=wrong, num_predicted=predicted)


def test_all_digits_are_equally_likely_without_data() -> None:
    assert _probabilities() == pytest.approx([0.1] * 10)


def test_weak_digits_are_more_likely() -> None:
    wrong = [0, 0, 0, 0, 0, 0, 0, 60, 0, 0]
    found = _probabilities(wrong=wrong, predicted=[100] * 10)
    assert found[7] > 2 * found[0]
    assert sum(found) == pytest.approx(1)


def test_digits_that_the_holdout_lacks_are_more_likely() -> None:
    found = _probabilities(missing=[0, 0, 36, 0, 0, 0, 0, 0, 0, 0])
    assert found[2] == pytest.approx(0.05 + 0.025 + 0.25)
    assert found[3] == pytest.approx(0.05 + 0.025)


def test_no_digit_is_ever_improbable() -> None:
    found = _probabilities(missing=[36] + [0] * 9, wrong=[1_000] + [0] * 9, predicted=[1_000] * 10)
    assert min(found) > 0.05


def test_one_error_changes_little() -> None:
    found = _probabilities(wrong=[1] + [0] * 9, predicted=[1] + [0] * 9)
    assert max(found) < 1.3 * min(found)


@pytest.mark.parametrize("number", range(3))
def test_each_position_has_each_digit_with_its_probability(number: int) -> None:
    probabilities = [0.05, 0.05, 0.05, 0.05, 0.05, 0.07, 0.13, 0.15, 0.2, 0.2]
    random = Random(number)
    position = number * 4
    counts: Counter[int] = Counter()
    for _ in range(NUM_DRAWS):
        counts[select_prompts(probabilities, random)[position].digit] += 1
    for digit, probability in enumerate(probabilities):
        error = 4 * (probability * (1 - probability) / NUM_DRAWS) ** 0.5
        assert counts[digit] / NUM_DRAWS == pytest.approx(probability, abs=error)


def test_each_prompt_has_the_probability_of_its_digit() -> None:
    probabilities = [0.05] * 5 + [0.15] * 5
    for prompt in select_prompts(probabilities, Random(1)):
        assert prompt.probability == probabilities[prompt.digit]


def test_equally_likely_digits_appear_once_each() -> None:
    for seed in range(50):
        selected = select_prompts([0.1] * 10, Random(seed))
        assert sorted(one.digit for one in selected) == list(range(NUM_PROMPTS))


def test_a_seed_selects_the_same_prompts_again() -> None:
    first, second = (select_prompts([0.1] * 10, Random(7)) for _ in range(2))
    assert first == second

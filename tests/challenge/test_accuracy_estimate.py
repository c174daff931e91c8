"""The accuracy estimate, with simulated users whose accuracy is known."""

from random import Random
from statistics import mean, stdev

import pytest

from recognizer.challenge.accuracy_estimate import (
    PromptResult,
    estimate_accuracy,
    estimate_groups,
    wilson_interval,
)
from recognizer.challenge.prompt_selection import select_prompts

ACCURACIES = [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.75, 0.6, 0.55]
PROBABILITIES = [0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.2, 0.2, 0.2]
"""The weak digits are prompted four times as often as the strong ones."""
NUM_SITES = 400


def _simulate_site(random: Random, num_users: int = 25) -> list[PromptResult]:
    """Return the results of users who differ: some are recognized worse than others."""
    results = []
    for user_id in range(num_users):
        skill = random.uniform(-0.04, 0.04)
        results += [
            PromptResult(
                user_id,
                prompt.digit,
                prompt.probability,
                random.random()
                < ACCURACIES[prompt.digit] + skill * (ACCURACIES[prompt.digit] < 0.95),
            )
            for _ in range(random.randint(1, 4))
            for prompt in select_prompts(PROBABILITIES, random)
        ]
    return results


@pytest.mark.slow
def test_estimate_is_unbiased_although_weak_digits_are_prompted_more_often() -> None:
    random = Random(11)
    truth = mean(ACCURACIES)
    sites = [_simulate_site(random) for _ in range(NUM_SITES)]
    estimates = [one for site in sites if (one := estimate_accuracy(site))]
    found = [one.accuracy for one in estimates]
    error = stdev(found) / NUM_SITES**0.5
    assert mean(found) == pytest.approx(truth, abs=3 * error)
    unweighted = mean(mean(one.is_recognized for one in site) for site in sites)
    assert unweighted < truth - 20 * error  # what the plain share would show
    covered = mean(one.low <= truth <= one.high for one in estimates)
    assert covered > 0.9


def test_equal_probabilities_give_the_plain_share() -> None:
    results = [PromptResult(user, 3, 0.1, user != 0) for user in range(10)]
    found = estimate_accuracy(results)
    assert found is not None
    assert (found.n, found.num_users) == (10, 10)
    assert found.accuracy == pytest.approx(0.9)
    assert (found.low, found.high) == pytest.approx(wilson_interval(0.9, 10), abs=0.03)


def test_drawings_of_one_user_count_less_than_those_of_many() -> None:
    one_each = estimate_accuracy([PromptResult(user, 1, 0.1, user % 4 > 0) for user in range(80)])
    few = estimate_accuracy([PromptResult(user % 4, 1, 0.1, user % 4 > 0) for user in range(80)])
    assert one_each is not None
    assert few is not None
    assert few.accuracy == one_each.accuracy
    assert few.high - few.low > 2 * (one_each.high - one_each.low)


def test_one_user_tells_almost_nothing_about_others() -> None:
    found = estimate_accuracy([PromptResult(1, 1, 0.1, True) for _ in range(100)])
    assert found is not None
    assert found.low < 0.3


def test_no_results_give_no_estimate() -> None:
    assert estimate_accuracy([]) is None


def test_groups_have_their_own_estimates() -> None:
    results = [
        PromptResult(user, 1, 0.1, user % 2 == 0, pointer=("pen", "touch")[user % 2])
        for user in range(8)
    ]
    found = estimate_groups(results, lambda one: one.pointer)
    assert {name: one.accuracy for name, one in found.items()} == {"pen": 1.0, "touch": 0.0}


def test_interval_agrees_with_published_values() -> None:
    """Newcombe (1998), table I: 81 of 263, and 0 of 20."""
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)

"""What the lives say, and whether that is what was promised."""

from __future__ import annotations

from collections.abc import Sequence

from bench.population_sim.api_client import JSON
from bench.population_sim.simulation import FLIPPED_DIGIT, SimulationResult
from ml.evaluation.paired_tests import compute_mcnemar_p

MAX_ERROR_RATIO, MAX_P_VALUE, MIN_MEAN_ACCURACY, MAX_MNIST_LOSS = 0.5, 0.01, 0.98, 0.001
MIN_FLIPS_EXCLUDED, MIN_VANDAL_RATIO, SWITCH_TIMEOUT_S = 0.95, 2.0, 1.0


def format_result(life: SimulationResult) -> str:
    before, after = count_wrong(life.champion_right), count_wrong(life.challenger_right)
    n = len(life.champion_right)
    mnist = _mnist(life)
    worst = max(change.first_prediction_s for change in life.switches)
    said = max(change.announced_s for change in life.switches)
    ours, theirs = _errors_on_fours(life.evaluation), _errors_on_fours(life.unreviewed)
    return "\n".join(
        (
            f"  strangers (n {n}): {before} errors before, {after} after"
            f" ({1 - before / n:.2%} -> {1 - after / n:.2%}), McNemar p {_p(life):.2g}",
            f"  MNIST test: {mnist[0]:.2%} -> {mnist[1]:.2%}",
            f"  gate: {life.evaluation['gate_result']}: {life.evaluation['decided_by']}",
            f"  the vandal's flips: {life.flips_in} of {life.flips} in the snapshot",
            f"  without review: {life.unreviewed['gate_result']}; on the reviewed holdout's fours"
            f" {theirs} errors, ours {ours}",
            f"  champion changed: all workers said so within {said:.2f} s, the last answer of"
            f" the old one came {worst:.2f} s after; {life.lost} lost,"
            f" {sum(change.mislabelled_model for change in life.switches)} misnamed",
        )
    )


def check_results(lives: Sequence[SimulationResult]) -> int:
    """Print each promise with its verdict; 0 when all are kept."""
    promises = [
        ("strangers' errors at least halved", [_is_halved(life) for life in lives]),
        ("with paired p < 0.01", [_p(life) < MAX_P_VALUE for life in lives]),
        ("strangers read right, mean >= 98 %", [_mean(lives) >= MIN_MEAN_ACCURACY]),
        ("MNIST test not worse by 0.10 points", [_keeps_mnist(life) for life in lives]),
        ("the gate promotes", [life.evaluation["gate_result"] == "passed" for life in lives]),
        ("95 % of the vandal's flips stay out", [_excludes_flips(life) for life in lives]),
        ("a loop without review is found out", [_detects_vandal(life) for life in lives]),
        ("all workers serve it within a second", [_switches_fast(life) for life in lives]),
        ("none lost, none misnamed", [_lost_nothing(life) for life in lives]),
    ]
    for promise, kept in promises:
        print(f"{promise:40} {'yes' if all(kept) else 'NO'}   ({sum(kept)} of {len(kept)})")
    print(f"Mean over the seeds: {_mean(lives):.2%}")
    return 0 if all(all(kept) for _, kept in promises) else 1


def count_wrong(right: Sequence[bool]) -> int:
    return len(right) - sum(right)


def _p(life: SimulationResult) -> float:
    pairs = list(zip(life.champion_right, life.challenger_right, strict=True))
    won = sum(after and not before for before, after in pairs)
    return compute_mcnemar_p(won, sum(before and not after for before, after in pairs))


def _mean(lives: Sequence[SimulationResult]) -> float:
    shares = [sum(life.challenger_right) / len(life.challenger_right) for life in lives]
    return sum(shares) / len(shares)


def _is_halved(life: SimulationResult) -> bool:
    return count_wrong(life.challenger_right) <= MAX_ERROR_RATIO * count_wrong(life.champion_right)


def _mnist(life: SimulationResult) -> tuple[float, float]:
    published = {one["name"]: one for one in life.evaluation["report"]["published"]}
    found = published["mnist_test"]
    return found["champion"]["accuracy"], found["challenger"]["accuracy"]


def _keeps_mnist(life: SimulationResult) -> bool:
    before, after = _mnist(life)
    return after >= before - MAX_MNIST_LOSS


def _excludes_flips(life: SimulationResult) -> bool:
    return life.flips_in <= (1 - MIN_FLIPS_EXCLUDED) * life.flips


def _detects_vandal(life: SimulationResult) -> bool:
    ours, theirs = _errors_on_fours(life.evaluation), _errors_on_fours(life.unreviewed)
    return life.unreviewed["gate_result"] == "refused" or theirs >= MIN_VANDAL_RATIO * max(ours, 1)


def _switches_fast(life: SimulationResult) -> bool:
    times = [
        time for change in life.switches for time in (change.announced_s, change.first_prediction_s)
    ]
    return max(times) <= SWITCH_TIMEOUT_S


def _lost_nothing(life: SimulationResult) -> bool:
    return life.lost == 0 and not any(change.mislabelled_model for change in life.switches)


def _errors_on_fours(evaluation: JSON) -> int:
    people = next(one for one in evaluation["report"]["sets"] if one["name"] == "people")
    four = next(one for one in people["by_digit"] if one["digit"] == FLIPPED_DIGIT)
    return int(four["n"] - four["challenger"])

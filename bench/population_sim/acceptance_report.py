"""Report on simulation results and their acceptance criteria."""

from __future__ import annotations

from collections.abc import Sequence

from bench.harness.api_client import JSON
from bench.population_sim.simulation import FLIPPED_DIGIT, SimulationResult
from ml.evaluation.paired_tests import compute_mcnemar_p

MAX_ERROR_RATIO, MAX_P_VALUE, MIN_MEAN_ACCURACY, MAX_MNIST_LOSS = 0.5, 0.01, 0.98, 0.001
MIN_FLIPS_EXCLUDED, MIN_VANDAL_RATIO, SWITCH_TIMEOUT_S = 0.95, 2.0, 1.0


def format_result(result: SimulationResult) -> str:
    """Return the text of one simulation, several lines."""
    before = count_incorrect(result.champion_correct)
    after = count_incorrect(result.challenger_correct)
    n = len(result.champion_correct)
    mnist = _get_mnist_accuracy(result)
    announced_s = max(switch.announced_s for switch in result.switches)
    last_prediction_s = max(switch.last_prediction_s for switch in result.switches)
    reviewed, unreviewed = _count_errors_on_fours(result)
    return "\n".join(
        (
            f"  holdout writers (n {n}): {before} errors before, {after} after"
            f" ({1 - before / n:.2%} -> {1 - after / n:.2%}), McNemar p {_compute_p(result):.2g}",
            f"  MNIST test: {mnist[0]:.2%} -> {mnist[1]:.2%}",
            f"  gate: {result.evaluation['gate_result']}: {result.evaluation['decided_by']}",
            f"  flipped labels: {result.flips_in_snapshot} of {result.flips} in the snapshot",
            f"  without review: {result.unreviewed['gate_result']}; errors on the reviewed"
            f" holdout's fours {unreviewed}, with review {reviewed}",
            f"  champion switched: announced by all workers within {announced_s:.2f} s, last"
            f" prediction of the previous champion after {last_prediction_s:.2f} s;"
            f" {result.lost} lost,"
            f" {sum(switch.mislabelled_model for switch in result.switches)} with a wrong model",
        )
    )


def check_results(results: Sequence[SimulationResult]) -> int:
    """Print whether each criterion is met; return 0 if all are."""
    mean_accuracy = _compute_mean_accuracy(results)
    criteria = [
        ("errors on holdout writers at least halved", [_is_halved(one) for one in results]),
        ("paired p < 0.01", [_compute_p(one) < MAX_P_VALUE for one in results]),
        ("mean accuracy >= 98 %", [mean_accuracy >= MIN_MEAN_ACCURACY]),
        ("MNIST test not worse by 0.10 points", [_keeps_mnist(one) for one in results]),
        ("gate passes", [one.evaluation["gate_result"] == "passed" for one in results]),
        ("95 % of flipped labels excluded", [_excludes_flips(one) for one in results]),
        ("training without review is detected", [_detects_vandal(one) for one in results]),
        ("all workers switch within a second", [_switches_fast(one) for one in results]),
        ("nothing lost, no wrong model", [_lost_nothing(one) for one in results]),
    ]
    for name, met in criteria:
        print(f"{name:42} {'yes' if all(met) else 'NO'}   ({sum(met)} of {len(met)})")
    print(f"Mean accuracy over the seeds: {mean_accuracy:.2%}")
    return 0 if all(all(met) for _, met in criteria) else 1


def count_incorrect(correct: Sequence[bool]) -> int:
    return len(correct) - sum(correct)


def _compute_p(result: SimulationResult) -> float:
    pairs = list(zip(result.champion_correct, result.challenger_correct, strict=True))
    won = sum(after and not before for before, after in pairs)
    return compute_mcnemar_p(won, sum(before and not after for before, after in pairs))


def _compute_mean_accuracy(results: Sequence[SimulationResult]) -> float:
    shares = [sum(one.challenger_correct) / len(one.challenger_correct) for one in results]
    return sum(shares) / len(shares)


def _is_halved(result: SimulationResult) -> bool:
    before = count_incorrect(result.champion_correct)
    return count_incorrect(result.challenger_correct) <= MAX_ERROR_RATIO * before


def _get_mnist_accuracy(result: SimulationResult) -> tuple[float, float]:
    published = {one["name"]: one for one in result.evaluation["report"]["published"]}
    found = published["mnist_test"]
    return found["champion"]["accuracy"], found["challenger"]["accuracy"]


def _keeps_mnist(result: SimulationResult) -> bool:
    before, after = _get_mnist_accuracy(result)
    return after >= before - MAX_MNIST_LOSS


def _excludes_flips(result: SimulationResult) -> bool:
    return result.flips_in_snapshot <= (1 - MIN_FLIPS_EXCLUDED) * result.flips


def _detects_vandal(result: SimulationResult) -> bool:
    reviewed, unreviewed = _count_errors_on_fours(result)
    is_refused = result.unreviewed["gate_result"] == "refused"
    return is_refused or unreviewed >= MIN_VANDAL_RATIO * max(reviewed, 1)


def _switches_fast(result: SimulationResult) -> bool:
    times = [max(switch.announced_s, switch.last_prediction_s) for switch in result.switches]
    return max(times) <= SWITCH_TIMEOUT_S


def _lost_nothing(result: SimulationResult) -> bool:
    return result.lost == 0 and not any(switch.mislabelled_model for switch in result.switches)


def _count_errors_on_fours(result: SimulationResult) -> tuple[int, int]:
    """Return the errors of the models trained with and without review."""

    def count(evaluation: JSON) -> int:
        users = next(one for one in evaluation["report"]["sets"] if one["name"] == "people")
        four = next(one for one in users["by_digit"] if one["digit"] == FLIPPED_DIGIT)
        return int(four["n"] - four["challenger"])

    return count(result.evaluation), count(result.unreviewed)

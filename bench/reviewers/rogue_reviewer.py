"""Wrong labels of rogue and careless reviewers: `python -m bench.reviewers.rogue_reviewer`.

Each scenario runs with several seeds on an empty database in memory. The table shows how often the
rogue reviewers were found and after how many reviews of all, honest reviewers who were suspended,
the fours with a wrong label in the training set and in the holdout, all wrong labels, and how often
the gate passed a model that predicts 9 for half of the fours. The exit status is 1 if a goal was
missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.reviewers.reviewer_simulation import Reviewer, SimulationResult

MAX_WRONG_FOURS = 0.05
HEADER = "| scenario | found | after reviews | honest suspended | wrong fours: training | holdout |"
HEADER += " wrong labels | gate passed poisoned |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--drawings", type=int, default=1_000)
    parser.add_argument("--reviews", type=int, default=900)
    parser.add_argument("--only", default="", help="run the scenarios whose name contains this")
    options = parser.parse_args()
    _set_up_database()
    print(HEADER)
    print("|" + "---|" * 8)
    is_good = True
    started = time.monotonic()
    for name, (reviewers, ambiguous) in _scenarios().items():
        if options.only not in name:
            continue
        results = [
            _simulate(reviewers, seed, options.drawings, options.reviews, ambiguous)
            for seed in options.seeds
        ]
        is_good &= _print_row(name, reviewers, results)
    print(f"{len(options.seeds)} seeds, {time.monotonic() - started:.0f} s")
    return 0 if is_good else 1


def _scenarios() -> dict[str, tuple[dict[str, Reviewer], float]]:
    """Return the reviewers and the fraction of ambiguous drawings of each scenario."""
    from bench.reviewers.reviewer_simulation import Reviewer

    def team(
        honest: int, *others: Reviewer, ambiguous: float = 0.05
    ) -> tuple[dict[str, Reviewer], float]:
        reviewers = {f"honest{at}": Reviewer() for at in range(honest)}
        return reviewers | {f"other{at}": one for at, one in enumerate(others)}, ambiguous

    flipping = Reviewer(flips=1.0)

    return {
        "three honest": team(3),
        "five honest": team(5),
        "three honest, 15 % ambiguous": team(3, ambiguous=0.15),
        "one of three flips all fours": team(2, flipping),
        "one of three flips a third": team(2, Reviewer(flips=1 / 3)),
        "one of three flips one in twelve": team(2, Reviewer(flips=1 / 12)),
        "one of three makes 20 % errors": team(2, Reviewer(errors=0.2)),
        "two of five flip all": team(3, flipping, flipping),
        "one of three flips ambiguous fours": team(2, Reviewer(flips=1.0, is_careful=True)),
        "one of three flips after 60 reviews": team(2, Reviewer(flips=1.0, honest_reviews=60)),
        "one of three undoes and relabels": team(2, Reviewer(flips=1.0, way="undo")),
        "three of six relabel all fours in bulk": team(3, *[Reviewer(flips=1.0, way="bulk")] * 3),
    }


def _set_up_database() -> None:
    """Migrate a database in memory."""
    os.environ["DIGITSITE_HOME"] = tempfile.mkdtemp(prefix="rogue-reviewer-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES["default"]["NAME"] = ":memory:"
    django.setup()
    call_command("migrate", verbosity=0)


def _simulate(
    reviewers: dict[str, Reviewer],
    seed: int,
    num_drawings: int,
    num_reviews: int,
    ambiguous: float,
) -> SimulationResult:
    from django.db import transaction

    from bench.reviewers.reviewer_simulation import ErrorRates, ReviewerSimulation

    with transaction.atomic():
        simulation = ReviewerSimulation(
            reviewers,
            seed=seed,
            num_drawings=num_drawings,
            rates=ErrorRates(ambiguous=ambiguous),
        )
        result = simulation.run(num_reviews)
        transaction.set_rollback(True)
    return result


def _print_row(name: str, reviewers: dict[str, Reviewer], results: list[SimulationResult]) -> bool:
    from bench.reviewers.reviewer_simulation import LabelErrors

    rogues = [key for key, reviewer in reviewers.items() if not reviewer.is_honest]
    after = [
        one.suspended_after[key] for one in results for key in rogues if key in one.suspended_after
    ]
    false = sum(one.falsely_suspended for one in results)
    fours = {
        split: sum((one.fours[split] for one in results), LabelErrors())
        for split in ("training", "holdout")
    }
    labels = sum((errors for one in results for errors in one.all_labels.values()), LabelErrors())
    passed = sum(one.poisoned_gate_result == "passed" for one in results)
    cells = [
        name,
        f"{len(after)} of {len(rogues) * len(results)}",
        f"{min(after)}–{max(after)}" if after else "–",
        f"{false} of {(len(reviewers) - len(rogues)) * len(results)}",
        *(f"{one.wrong} of {one.labels}" for one in (*fours.values(), labels)),
        f"{passed} of {len(results)}",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)
    is_clean = all(one.rate <= MAX_WRONG_FOURS for one in fours.values())
    return is_clean and not false and not passed


if __name__ == "__main__":
    sys.exit(main())

"""Simulation of the whole loop with many users: `python -m bench.reviewers.population`.

Pen writers tr01-tr20 draw 1,500 digits and claim them; one claim in ten is wrong. A vandal adds a
fifth of the volume: fours with the claim 9. Reviewers label at most 40 % of the drawings, 3 % of
them incorrectly. A training run starts, and the promotion gate decides. All requests use the public
HTTP API. The initial champion and the rehearsal data are MNIST only.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench.population_sim.acceptance_report import check_results, format_result
from bench.population_sim.initial_champion import train_champion
from bench.population_sim.simulation import run_simulation

CHAMPION = Path("var/bench/champion")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--champion", type=Path, default=CHAMPION, help="folder of a release")
    parser.add_argument("--epochs", type=int, help="epochs of each run; default: that of the site")
    parser.add_argument("--report", type=Path, help="file for all results, as JSON")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the sites stop
    started = time.monotonic()
    print("Initial champion, trained on MNIST only:", flush=True)
    champion = train_champion(options.champion)
    results = []
    for seed in options.seeds:
        print(f"Seed {seed}:", flush=True)
        results.append(run_simulation(seed, champion=champion, epochs=options.epochs))
        print(format_result(results[-1]), flush=True)
    if options.report:
        options.report.write_text(json.dumps([asdict(result) for result in results], indent=1))
    print(f"Duration: {(time.monotonic() - started) / 60:.0f} minutes")
    return check_results(results)


if __name__ == "__main__":
    sys.exit(main())

"""Does the loop learn from many people, and never get worse? `python -m bench.population`.

Pen writers tr01-tr20 draw 1,500 digits and answer for them, one in ten claims wrong; a vandal adds
a fifth of the volume turning 4 into 9. Reviewers judge at most 40 % of it and err on 3 %. A run
starts, the gate decides. Everything goes through the public HTTP interface; the network that the
site starts with has seen MNIST alone, and so has what runs rehearse.
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
    parser.add_argument("--champion", type=Path, default=CHAMPION, help="a release's folder")
    parser.add_argument("--epochs", type=int, help="of each run; the site's own number by default")
    parser.add_argument("--report", type=Path, help="keep all figures there, as JSON")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the sites end with this
    started = time.monotonic()
    print("The champion, trained on MNIST alone:", flush=True)
    champion = train_champion(options.champion)
    lives = []
    for seed in options.seeds:
        print(f"Seed {seed}:", flush=True)
        lives.append(run_simulation(seed, champion=champion, epochs=options.epochs))
        print(format_result(lives[-1]), flush=True)
    if options.report:
        options.report.write_text(json.dumps([asdict(life) for life in lives], indent=1))
    print(f"All of it took {(time.monotonic() - started) / 60:.0f} minutes.")
    return check_results(lives)


if __name__ == "__main__":
    sys.exit(main())

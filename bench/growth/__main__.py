"""Cost of pages, API calls, resumes and periodic jobs by the size of the database.

`python -m bench.growth [--sizes 10000 100000] [--keep FOLDER] [--database-url postgresql://…/NAME]`

For each size, a process fills an empty database and runs each case twice in itself, without broker
and workers. The table shows the faster call: CPU time of the process, queries, and on SQLite the
steps of its virtual machine, which count the rows read whatever the machine does. On PostgreSQL,
time is elapsed time, because the server does the work. A database of that URL is emptied.

With `--keep`, the SQLite databases stay in the folder, and a later run uses them again. With a URL
as well, its database is used again if it has the right number of drawings. The cases change some
hundred rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MAX_RATIO, MAX_REQUEST_MS, MAX_JOB_MS = 3.0, 100.0, 1_000.0

Results = dict[str, dict[str, Any]]
"""By case: its kind, ms, queries and steps."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--database-url", default="", help="Default: SQLite in a new folder.")
    parser.add_argument("--keep", type=Path, help="Folder of databases for later runs.")
    parser.add_argument("--only", default="", help="Only the cases whose names contain this text.")
    parser.add_argument("--plans", action="store_true", help="Print the slow queries of each case.")
    options = parser.parse_args()
    results = {size: _measure_size(size, options) for size in sorted(options.sizes)}
    _print_table(results)


def _measure_size(size: int, options: argparse.Namespace) -> Results:
    with tempfile.TemporaryDirectory(prefix="digitsite-growth-") as temporary:
        folder = options.keep / str(size) if options.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "DIGITSITE_HOME": str(folder.resolve()),
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "STATIC_SOURCES": "true",
            "MFA_REQUIRED_ROLES": "",
        }
        environment.pop("DATABASE_URL", None)
        if options.database_url:
            environment["DATABASE_URL"] = options.database_url
        command = [sys.executable, "-m", "bench.growth.cases", str(size), options.only]
        command += ["--plans"] * options.plans + ["--keep"] * bool(options.keep)
        child = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    results: Results = json.loads(child.stdout)
    return results


def _print_table(results: dict[int, Results]) -> None:
    sizes = list(results)
    head = "".join(f"{size:>12,} {'queries':>8} {'steps':>11}" for size in sizes)
    print(f"{'ms by number of drawings':34}{head}   ratio")
    for name in results[sizes[-1]]:
        cells = [results[size][name] for size in sizes]
        numbers = "".join(
            f"{one['ms']:>12,.1f} {one['queries']:>8,} {one['steps']:>11,}" for one in cells
        )
        ratio = cells[-1]["ms"] / max(cells[0]["ms"], 1.0)
        limit = MAX_JOB_MS if cells[-1]["kind"] == "job" else MAX_REQUEST_MS
        is_over = cells[-1]["ms"] > limit or (cells[-1]["kind"] != "job" and ratio > MAX_RATIO)
        print(f"{name:34}{numbers} {ratio:>7.1f}{'  over' * is_over}")


if __name__ == "__main__":
    main()

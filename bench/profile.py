"""CPU profiles of the web process and the worker under load.

`python -m bench.profile [--sockets 256] [--seconds 10]` prints the share of each thread, of the
project's functions with their callees, and of all functions alone. py-spy samples time on a CPU
only, as far as it can tell.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from bench.harness.bench_site import BenchSite
from bench.harness.load_generator import WARM_UP_S, connect_websocket
from bench.harness.login import sign_in_new_users
from bench.harness.measurement import Case, measure
from bench.harness.sample_drawings import load_inks

SAMPLES_PER_S = 200
MAX_LINES = 18
OWN_FRAME_PATTERN = re.compile(r"\((recognizer|workers|ml)/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=256)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    inks = load_inks()
    with BenchSite() as site, ExitStack() as stack:
        connect = connect_websocket([site.port], sign_in_new_users(site, options.sockets))
        case = Case("profiled", options.sockets, connect, site.database, site.process_ids)
        measure(case, inks, 2)
        files = {name: site.home / f"{name}.raw" for name in ("web", "worker0")}
        profilers = [
            stack.enter_context(_start_py_spy(site.process_ids()[name], file, options.seconds))
            for name, file in files.items()
        ]
        measured = measure(case, inks, options.seconds + WARM_UP_S)
        for profiler in profilers:
            profiler.wait()
        print(f"{measured.rate:,.0f} drawings/s while profiled; µs of CPU time per drawing:")
        print("  ".join(f"{name} {cost:.0f}" for name, cost in measured.costs.items()))
        for name, file in files.items():
            print_stacks(name, file.read_text())


def print_stacks(name: str, raw: str) -> None:
    """Print the shares of one process from py-spy's lines `frame;frame;frame count`."""
    whole, alone, threads = Counter[str](), Counter[str](), Counter[str]()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        threads[next(frame for frame in frames if "thread" in frame)] += int(count)
        alone[frames[-1]] += int(count)
        for frame in {frame for frame in frames if OWN_FRAME_PATTERN.search(frame)}:
            whole[frame] += int(count)
    total = sum(threads.values())
    for title, counter in (("threads", threads), ("own with callees", whole), ("alone", alone)):
        print(f"\n{name}, {title}, % of {total} samples")
        for frame, samples in counter.most_common(MAX_LINES):
            print(f"  {samples / total:6.1%} {frame}")


def _start_py_spy(id: int, file: Path, seconds: int) -> subprocess.Popen[bytes]:
    py_spy = str(Path(sys.executable).parent / "py-spy")
    command = [py_spy, "record", "--threads", "-F", "-f", "raw", "-r", str(SAMPLES_PER_S)]
    command += ["-d", str(seconds), "-p", str(id), "-o", str(file)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()

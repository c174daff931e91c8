"""Where the time goes: `python -m bench.profile [--sockets 256] [--seconds 10]`.

Puts the site under the load of the bench while py-spy looks at the web process and the worker, and
prints the shares of its threads, of our own functions with what they call, and of all functions
by themselves. Only time on a processor counts, or what py-spy takes for it.
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
from bench.harness.login import sign_in_all
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
    with BenchSite() as site, ExitStack() as spying:
        site.run(["bench.harness.bench_users", str(options.sockets)])
        connect = connect_websocket(site.port, sign_in_all(site.port, options.sockets))
        case = Case("profiled", options.sockets, connect, site.database, site.process_ids)
        measure(case, inks, 2)
        files = {name: site.home / f"{name}.raw" for name in ("web", "worker0")}
        spies = [
            spying.enter_context(_spy(site.process_ids()[name], file, options.seconds))
            for name, file in files.items()
        ]
        measured = measure(case, inks, options.seconds + WARM_UP_S)
        for spy in spies:
            spy.wait()
        print(f"{measured.rate:,.0f} drawings/s while looked at; µs of processor a drawing:")
        print("  ".join(f"{name} {cost:.0f}" for name, cost in measured.costs.items()))
        for name, file in files.items():
            print_stacks(name, file.read_text())


def print_stacks(name: str, raw: str) -> None:
    """The shares of one process, from py-spy's lines of `frame;frame;frame count`."""
    whole, alone, threads = Counter[str](), Counter[str](), Counter[str]()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        threads[next(frame for frame in frames if "thread" in frame)] += int(count)
        alone[frames[-1]] += int(count)
        for frame in {frame for frame in frames if OWN_FRAME_PATTERN.search(frame)}:
            whole[frame] += int(count)
    total = sum(threads.values())
    for title, counter in (("threads", threads), ("ours with callees", whole), ("alone", alone)):
        print(f"\n{name}, {title}, % of {total} looks")
        for frame, looks in counter.most_common(MAX_LINES):
            print(f"  {looks / total:6.1%} {frame}")


def _spy(id: int, file: Path, seconds: int) -> subprocess.Popen[bytes]:
    py_spy = str(Path(sys.executable).parent / "py-spy")
    command = [py_spy, "record", "--threads", "-F", "-f", "raw", "-r", str(SAMPLES_PER_S)]
    command += ["-d", str(seconds), "-p", str(id), "-o", str(file)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()

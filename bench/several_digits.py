"""Splitting ink of several digits: `python -m bench.several_digits`.

Single digits of real handwriting must not be split, at the end and after each of their strokes.
Pairs of digits of one writer, placed next to each other, must be split into two. node runs the
module of the drawing page (static/js/draw/several_digits.js).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.fixtures.datasets import data_folder

ROOT = Path(__file__).resolve().parent.parent
FILES = {"pendigits": "pendigits/train.jsonl.gz", "uji": "uji/uji1_digits.jsonl.gz"}
GAPS = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Gaps between the digits of a pair, as fractions of their mean height."""
MAX_SHIFT = 0.15
"""How much higher or lower the second digit may be, as a fraction of the mean height."""

Strokes = list[list[list[float]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.several_digits", description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000, help="pairs for each gap and data set")
    options = parser.parse_args()
    for name, file in FILES.items():
        path = data_folder() / file
        if not path.is_file():
            print(f"{name}: not on this machine")
            continue
        inks = load_inks(path)
        report_single_digits(name, inks)
        for gap in GAPS:
            pairs = make_pairs(inks, count=options.pairs, gap=gap)
            hits = Counter(count_digits(pairs))
            print(f"{name}: {len(pairs)} pairs, gap {gap}: {hits[2] / len(pairs):.1%} split into 2")
    return 0


def load_inks(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def report_single_digits(name: str, inks: Sequence[dict[str, Any]]) -> None:
    counts = count_digits([ink["strokes"] for ink in inks])
    wrong = Counter(ink["label"] for ink, count in zip(inks, counts, strict=True) if count > 1)
    strokes = Counter(min(len(ink["strokes"]), 3) for ink in inks)
    print(
        f"{name}: {len(inks)} digits, {len(inks) - strokes[1]} of several strokes:"
        f" {wrong.total()} ({wrong.total() / len(inks):.2%}) taken for several digits,"
        f" by digit {dict(sorted(wrong.items()))}"
    )
    unfinished = [
        ink["strokes"][:length] for ink in inks for length in range(1, len(ink["strokes"]))
    ]
    offered = sum(count > 1 for count in count_digits(unfinished))
    print(f"{name}: {len(unfinished)} unfinished digits: {offered} taken for several digits")


def make_pairs(inks: Sequence[dict[str, Any]], *, count: int, gap: float) -> list[Strokes]:
    """Return pairs of digits of one writer, in the order in which they were drawn."""
    generator = random.Random(0)
    by_writer = defaultdict(list)
    for ink in inks:
        by_writer[ink["writer"]].append(ink["strokes"])
    writers = sorted(by_writer)
    pairs = []
    for number in range(count):
        first, second = generator.sample(by_writer[writers[number % len(writers)]], 2)
        pairs.append(place_next_to(first, second, gap=gap, shift=generator.uniform(-1, 1)))
    return pairs


def place_next_to(first: Strokes, second: Strokes, *, gap: float, shift: float) -> Strokes:
    """Return both digits, the second one at the right of the first one."""
    (_, right, top, bottom), (left, _, other_top, other_bottom) = bounds(first), bounds(second)
    height = ((bottom - top) + (other_bottom - other_top)) / 2
    by_x = right + gap * height - left
    by_y = (top + bottom - other_top - other_bottom) / 2 + shift * MAX_SHIFT * height
    return first + [[[x + by_x, y + by_y] for x, y, *_ in stroke] for stroke in second]


def bounds(strokes: Strokes) -> tuple[float, float, float, float]:
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    return min(xs), max(xs), min(ys), max(ys)


def count_digits(drawings: Sequence[Strokes]) -> list[int]:
    node = Path(sys.executable).with_name("node")
    command = [str(node), str(ROOT / "tests" / "js" / "split_inks.js")]
    run = subprocess.run(
        command, input=json.dumps(drawings).encode(), capture_output=True, check=True
    )
    counts: list[int] = json.loads(run.stdout)
    return counts


if __name__ == "__main__":
    sys.exit(main())

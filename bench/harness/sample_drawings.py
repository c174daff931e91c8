"""Pen strokes as a browser sends them: a point about every 8 ms, with time and pressure."""

from __future__ import annotations

import gzip
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEST_INKS = ROOT / "tests" / "ink" / "digits.json"
INTERPOLATED_POINTS = 2

Stroke = list[list[float]]


def load_inks(limit: int = 512) -> list[str]:
    """Return the strokes of up to `limit` digits, each as JSON of about 1.5 KB."""
    if not _pendigits().is_file():
        rows: list[dict[str, Any]] = json.loads(TEST_INKS.read_text())
        return [_compact(row["strokes"]) for row in rows[:limit]]
    inks = []
    with gzip.open(_pendigits(), "rt") as lines:
        for line in lines:
            drawing: dict[str, Any] = json.loads(line)
            inks.append(_compact([_densify(stroke) for stroke in drawing["strokes"]]))
            if len(inks) == limit:
                break
    return inks


def describe_inks(inks: list[str]) -> str:
    """Return the source and the size of the drawings."""
    source = "pendigits, real writers" if _pendigits().is_file() else "tests/ink"
    mean = sum(map(len, inks)) / len(inks)
    return f"{len(inks)} drawings ({source}), {mean:,.0f} bytes of strokes each on average"


def _pendigits() -> Path:
    folder = Path(os.environ.get("DIGITSITE_DATA") or ROOT.parent / "shared" / "data")
    return folder / "pendigits" / "train.jsonl.gz"


def _compact(strokes: list[Stroke]) -> str:
    return json.dumps(strokes, separators=(",", ":"))


def _densify(stroke: Stroke) -> Stroke:
    """Add points on straight lines: the tablet recorded a point every 100 ms."""
    points: Stroke = []
    for (x, y), (to_x, to_y) in pairwise([*stroke, stroke[-1]]):
        for step in range(INTERPOLATED_POINTS):
            share = step / INTERPOLATED_POINTS
            at = [round(x + (to_x - x) * share, 1), round(y + (to_y - y) * share, 1)]
            points.append([*at, len(points) * 8, 0.5])
    return points

"""Real pen strokes, as a browser sends them: a point each 8 ms or so, with time and pressure."""

from __future__ import annotations

import gzip
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
POINTS_BETWEEN = 2

Stroke = list[list[float]]


def load_inks(limit: int = 512) -> list[str]:
    """The strokes of `limit` digits, each as JSON of about 1.5 KB."""
    folder = Path(os.environ.get("DIGITSITE_DATA") or ROOT.parent / "shared" / "data")
    inks = []
    with gzip.open(folder / "pendigits" / "train.jsonl.gz", "rt") as lines:
        for line in lines:
            drawing: dict[str, Any] = json.loads(line)
            strokes = [_dense(stroke) for stroke in drawing["strokes"]]
            inks.append(json.dumps(strokes, separators=(",", ":")))
            if len(inks) == limit:
                break
    return inks


def _dense(stroke: Stroke) -> Stroke:
    """The tablet gave a point each 100 ms; what lies between is put on straight lines."""
    points: Stroke = []
    for (x, y), (to_x, to_y) in pairwise([*stroke, stroke[-1]]):
        for step in range(POINTS_BETWEEN):
            share = step / POINTS_BETWEEN
            at = [round(x + (to_x - x) * share, 1), round(y + (to_y - y) * share, 1)]
            points.append([*at, len(points) * 8, 0.5])
    return points

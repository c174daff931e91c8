"""Non-digits made of digits: two side by side, crossed out, a part, or turned by a quarter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ml.data.datasets import InkSample
from ml.preprocessing.array_types import Stroke
from ml.preprocessing.stroke_geometry import densify_stroke, rotate_stroke, to_strokes

Drawing = list[Stroke]

TURNED_DIGITS = (2, 3, 7, 8)
"""The digits that are no digit when turned by a quarter."""

_LOOP_FRACTIONS = 0.35, 0.6
_SCRIBBLE_TURNS = 5, 10


def draw_nondigit_of_digits(inks: Sequence[InkSample], rng: np.random.Generator) -> Drawing:
    """Return the strokes of a non-digit made of one or two of these digits."""
    return _GENERATORS[int(rng.integers(len(_GENERATORS)))](inks, rng)


def concat_drawings(left: Drawing, right: Drawing, rng: np.random.Generator) -> Drawing:
    """Return two drawings side by side, scaled to one height: two digits are a non-digit."""
    placed, edge = [], 0.0
    for drawing in (left, right):
        points = np.concatenate(drawing)
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = rng.uniform(0.85, 1.15) / max(float(extent[1]), 0.3 * float(extent[0]), 1e-9)
        placed += [(stroke - low) * scale + (edge, rng.normal(0, 0.05)) for stroke in drawing]
        edge += float(extent[0]) * scale + rng.uniform(0.08, 0.4)
    return placed


def cross_out(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """Return a drawing under two to four lines or under a zigzag. One line crosses a 0 or a 7."""
    points = np.concatenate(drawing)
    centre, extent = (points.min(axis=0) + points.max(axis=0)) / 2, float(np.ptp(points, 0).max())
    angle = rng.uniform(0, math.pi)
    if rng.random() < 0.5:
        offsets = np.linspace(-1, 1, int(rng.integers(2, 5))) * rng.uniform(0.15, 0.3)
        lines = [np.array([[-0.55, y], [0.55, y + rng.normal(0, 0.08)]]) for y in offsets]
        if rng.random() < 0.4:  # an X
            lines[-1] = rotate_stroke(lines[0], math.pi / 2)
    else:
        turns = int(rng.integers(*_SCRIBBLE_TURNS))
        x = np.linspace(-0.5, 0.5, turns) + rng.normal(0, 0.03, turns)
        y = np.where(np.arange(turns) % 2, 0.4, -0.4) + rng.normal(0, 0.08, turns)
        lines = [np.stack([x, y], axis=1)]
    crossed = [rotate_stroke(densify_stroke(line, 6), angle) * extent + centre for line in lines]
    return [*drawing, *crossed]


def cut_loop(loop: Drawing, rng: np.random.Generator) -> Drawing:
    """Return an arc of a 0, wide enough to differ from a 1."""
    stroke = max(loop, key=len)
    size = max(int(rng.uniform(*_LOOP_FRACTIONS) * len(stroke)), 3)
    start = int(rng.integers(max(len(stroke) - size, 1)))
    arc = stroke[start : start + size]
    middle = (arc[0] + arc[-1]) / 2
    bulge = float(np.linalg.norm(arc - middle, axis=1).min())
    chord = float(np.linalg.norm(arc[-1] - arc[0]))
    return [arc] if bulge > 0.3 * chord else cross_out(loop, rng)


def _join(inks: Sequence[InkSample], rng: np.random.Generator) -> Drawing:
    left, right = (to_strokes(inks[i].strokes) for i in rng.integers(len(inks), size=2).tolist())
    return concat_drawings(left, right, rng)


def _cross_out_one(inks: Sequence[InkSample], rng: np.random.Generator) -> Drawing:
    return cross_out(to_strokes(_choose(inks, rng, range(10)).strokes), rng)


def _turn_one(inks: Sequence[InkSample], rng: np.random.Generator) -> Drawing:
    angle = rng.choice((-1, 1)) * math.pi / 2
    ink = _choose(inks, rng, TURNED_DIGITS)
    return [rotate_stroke(stroke, angle) for stroke in to_strokes(ink.strokes)]


def _cut_one(inks: Sequence[InkSample], rng: np.random.Generator) -> Drawing:
    return cut_loop(to_strokes(_choose(inks, rng, (0,)).strokes), rng)


def _choose(
    inks: Sequence[InkSample], rng: np.random.Generator, labels: Sequence[int]
) -> InkSample:
    """Return a random digit with one of these labels, or any digit after a hundred others."""
    for _ in range(100):
        ink = inks[int(rng.integers(len(inks)))]
        if ink.label in labels:
            break
    return ink


_GENERATORS: tuple[Callable[[Sequence[InkSample], np.random.Generator], Drawing], ...] = (
    *[_join] * 4, *[_cross_out_one] * 2, *[_turn_one] * 2, _cut_one,
)  # fmt: skip

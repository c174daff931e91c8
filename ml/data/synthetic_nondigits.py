"""Synthetic non-digits as strokes: scribbles, shapes, marks and capital letters in about the unit
square, y down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ml.data.synthetic_letters import draw_letter
from ml.preprocessing.array_types import Stroke
from ml.preprocessing.stroke_geometry import densify_stroke, rotate_stroke, smooth_stroke

Drawing = list[Stroke]

# Polylines on a grid from 0 to 4, y down; `|` separates strokes and "04" is x 0, y 4.
_MARK_POLYLINES = {
    "A": "04 20 44|12 32",
    "E": "40 00 04 44|02 32",
    "F": "40 00 04|02 32",
    "H": "00 04|40 44|02 42",
    "K": "00 04|40 02 44",
    "M": "04 00 22 40 44",
    "N": "04 00 44 40",
    "P": "04 00 30 41 32 02",
    "R": "04 00 30 41 32 02 44",
    "T": "00 40|20 24",
    "W": "00 14 22 34 40",
    "X": "00 44|40 04",
    "U": "00 03 14 34 43 40",
    "equals": "01 41|03 43",
    "hash": "10 14|30 34|01 41|03 43",
    "root": "02 12 24 40",
    "plus": "20 24|02 42",
    "minus": "02 42",
    "tick": "02 14 40",
    "arrow": "02 42|31 42 33",
    "triangle": "04 20 44 04",
    "square": "00 40 44 04 00",
    "house": "04 02 20 42 44 04",
    "crossed box": "00 40 44 04 00 44|40 04",
    "bolt": "30 02 22 14",
    "pause": "10 14|30 34",
    "bars": "00 04|20 24|40 44",
    "envelope": "01 41 43 03 01 22 41",
    "diamond": "20 42 24 02 20",
    "double arrow": "11 02 13|31 42 33|02 42",
    "hourglass": "00 40 04 44 00",
    "root with a bar": "03 14 20 50",
    "steep root": "02 14 20 40",
    "hooked root": "03 12 24 30 60",
    "less or equal": "40 02 44|05 45",
    "greater or equal": "00 42 04|05 45",
    "slanted less or equal": "40 02 44|04 36",
    "slanted greater or equal": "00 42 04|44 16",
    "sum": "41 40 00 22 04 44 43",
    "plain sum": "40 00 22 04 44",
    "not equal": "01 41|03 43|30 14",
    "plus or minus": "20 24|02 42|05 45",
    "pi": "00 40|10 14|30 34",
    "lambda": "00 44|22 04",
    "f": "40 20 24|02 32",
}


def draw_nondigit(rng: np.random.Generator) -> Drawing:
    """Return the strokes of one random non-digit."""
    return _GENERATORS[int(rng.integers(len(_GENERATORS)))](rng)


def draw_nondigits(count: int, seed: int) -> list[Drawing]:
    """Return `count` non-digits, always the same for a seed."""
    rng = np.random.default_rng(seed)
    return [draw_nondigit(rng) for _ in range(count)]


def mix_nondigits(drawings: Sequence[Drawing], rng: np.random.Generator) -> Drawing:
    """Return strokes of two of these drawings over each other: all of them, or three at least."""
    parts: list[Drawing] = []
    for index in rng.integers(len(drawings), size=2).tolist():
        points = np.concatenate(drawings[index])
        low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-9)
        scale, shift = rng.uniform(0.5, 1), rng.uniform(-0.4, 0.4, 2)
        parts.append([(stroke - low) / extent * scale + shift for stroke in drawings[index]])
    kept = [[one for one in part if rng.random() < 0.7] for part in parts]
    mixed = [*kept[0], *kept[1]]
    return mixed if min(map(len, kept)) and len(mixed) >= 3 else [*parts[0], *parts[1]]


def _draw_mark(rng: np.random.Generator) -> Drawing:
    names = list(_MARK_POLYLINES)
    text = _MARK_POLYLINES[names[int(rng.integers(len(names)))]]
    strokes = []
    for polyline in text.split("|"):
        corners = np.array([[int(p[0]), int(p[1])] for p in polyline.split()], dtype=np.float64) / 4
        strokes.append(densify_stroke(corners + rng.normal(0, 0.03, corners.shape), 8))
    return strokes


def _draw_scribble(rng: np.random.Generator) -> Drawing:
    anchors = rng.random((int(rng.integers(7, 22)), 2))
    return [smooth_stroke(anchors, 8)]


def _draw_tangle(rng: np.random.Generator) -> Drawing:
    """Return several short smooth strokes over each other."""
    return [
        smooth_stroke(rng.random((int(rng.integers(2, 6)), 2)), 8)
        for _ in range(int(rng.integers(4, 9)))
    ]


def _draw_sticks(rng: np.random.Generator) -> Drawing:
    return [densify_stroke(rng.random((2, 2)), 6) for _ in range(int(rng.integers(4, 9)))]


def _draw_zigzag(rng: np.random.Generator) -> Drawing:
    turns = int(rng.integers(6, 14))
    x = np.linspace(0, 1, turns) + rng.normal(0, 0.02, turns)
    y = np.where(np.arange(turns) % 2 == 0, 0.0, rng.uniform(0.25, 1.0))
    y += rng.normal(0, 0.05, turns)
    return [rotate_stroke(densify_stroke(np.stack([x, y], axis=1), 5), rng.uniform(0, 2 * np.pi))]


def _draw_wave(rng: np.random.Generator) -> Drawing:
    x = np.linspace(0, 1, 50)
    y = rng.uniform(0.08, 0.3) * np.sin(x * 2 * np.pi * rng.uniform(2, 5) + rng.uniform(0, 6.3))
    return [rotate_stroke(np.stack([x, y], axis=1), rng.uniform(0, 2 * np.pi))]


def _draw_spiral(rng: np.random.Generator) -> Drawing:
    angle = np.linspace(0, 2 * np.pi * rng.uniform(2, 4.5), 80) + rng.uniform(0, 6.3)
    radius = np.linspace(0.05, 0.5, 80) ** rng.uniform(0.7, 1.3)
    x, y = radius * np.cos(angle) * rng.choice([-1, 1]), radius * np.sin(angle)
    return [np.stack([x, y], axis=1)]


def _draw_star(rng: np.random.Generator) -> Drawing:
    tips = int(rng.choice([5, 5, 6, 7, 8]))
    order = (np.arange(tips + 1) * 2) % tips if tips % 2 else np.arange(tips + 1)
    radius = np.ones(tips + 1) if tips % 2 else np.where(np.arange(tips + 1) % 2 == 0, 1.0, 0.45)
    angle = order * 2 * np.pi / tips - np.pi / 2
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return [densify_stroke(0.5 * np.stack([x, y], axis=1), 6)]


def _draw_asterisk(rng: np.random.Generator) -> Drawing:
    arms = int(rng.integers(3, 6))
    angles = np.arange(arms) * np.pi / arms + rng.uniform(0, 0.6)
    tips = 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [densify_stroke(np.stack([-tip, tip]), 6) for tip in tips]


def _draw_heart(rng: np.random.Generator) -> Drawing:
    """Return the curve of mathworld.wolfram.com/HeartCurve.html, y down."""
    t = np.linspace(0, 2 * np.pi, 60) + rng.uniform(0, 6.3)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [np.stack([x, y], axis=1) / 32]


def _draw_face(rng: np.random.Generator) -> Drawing:
    t = np.linspace(0, 2 * np.pi, 40)
    head = 0.5 * np.stack([np.cos(t), np.sin(t)], axis=1)
    smile = 0.3 * np.stack([np.cos(t[2:18]), np.sin(t[2:18])], axis=1)
    eyes = [np.array([[side, -0.2], [side, -0.1]]) for side in (-0.18, 0.18)]
    return [head, smile, *eyes]


def _draw_dots(rng: np.random.Generator) -> Drawing:
    """Return one to nine dots. A single dot is not enlarged: it is rendered at the pen's width."""
    dots = rng.random((int(rng.integers(1, 10)), 2))
    return [np.stack([dot, dot + rng.normal(0, 0.01, 2)]) for dot in dots]


def _draw_blob(rng: np.random.Generator) -> Drawing:
    """Return an area filled by a zigzag."""
    turns = int(rng.integers(9, 18))
    y = np.linspace(0, 1, turns)
    circle = np.sqrt(np.clip(1 - (2 * y - 1) ** 2, 0, 1))
    half = 0.5 * circle ** rng.uniform(0, 1) * rng.uniform(0.6, 1.2)
    x = np.where(np.arange(turns) % 2 == 0, -half, half) + rng.normal(0, 0.03, turns)
    return [rotate_stroke(densify_stroke(np.stack([x, y], axis=1), 5), rng.uniform(0, 2 * np.pi))]


def _draw_parallel_lines(rng: np.random.Generator) -> Drawing:
    count = int(rng.integers(3, 7))
    lines = [np.array([[i / count, 0.0], [i / count, rng.uniform(0.5, 1)]]) for i in range(count)]
    angle = rng.uniform(0, np.pi)
    return [rotate_stroke(densify_stroke(line, 6), angle) for line in lines]


def _draw_horizontal_line(rng: np.random.Generator) -> Drawing:
    bow = rng.normal(0, 0.05)
    line = np.array([[0.0, 0.0], [0.5, bow], [1.0, 0.0]])
    return [rotate_stroke(densify_stroke(line, 8), rng.uniform(-0.2, 0.2))]


def _draw_concentric_circles(rng: np.random.Generator) -> Drawing:
    t = np.linspace(0, 2 * np.pi, 40)
    ring = 0.5 * np.stack([np.cos(t), np.sin(t)], axis=1)
    rings = [ring * size for size in rng.uniform(0.2, 1.0, int(rng.integers(2, 4)))]
    if rng.random() < 0.4:
        return [*rings, densify_stroke(np.array([[-0.5, 0.0], [0.5, 0.0]]), 8)]
    return [ring, ring * 0.5]


def _draw_textured_shape(rng: np.random.Generator) -> Drawing:
    """Return an outline, round or angular, with lines, dots or an outline inside."""
    corners = int(rng.choice([3, 4, 4, 5, 6, 40, 40]))
    angle = np.linspace(0, 2 * np.pi, corners + 1) + rng.uniform(0, 2 * np.pi)
    outline = np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.5, 1)], axis=1) / 2
    outline[:-1] += rng.normal(0, 0.02, (corners, 2))
    outline[-1] = outline[0]
    texture = rng.integers(4)
    if texture == 0:
        offsets = np.linspace(-0.3, 0.3, int(rng.integers(2, 6)))
        inside = [_chord(offset, 0.9) for offset in offsets]
        turn = rng.uniform(0, np.pi)
        inside = [rotate_stroke(line, turn) for line in inside]
        if rng.random() < 0.4:
            inside += [rotate_stroke(line, np.pi / 2) for line in inside]
    elif texture == 1:
        dots = rng.uniform(-0.25, 0.25, (int(rng.integers(2, 9)), 2))
        inside = [np.stack([dot, dot + rng.normal(0, 0.02, 2)]) for dot in dots]
    elif texture == 2:
        inside = [outline * rng.uniform(0.3, 0.7) + rng.normal(0, 0.05, 2)]
    else:
        inside = [stroke * 0.5 - 0.25 for stroke in _draw_mark(rng)]
    return [densify_stroke(outline, 1 if corners > 6 else 8), *inside]


def _chord(offset: float, length: float) -> Stroke:
    """Return a horizontal chord of the circle of radius 0.5."""
    half = length * float(np.sqrt(0.25 - offset**2))
    return densify_stroke(np.array([[-half, offset], [half, offset]]), 6)


def _draw_figure(rng: np.random.Generator) -> Drawing:
    """Return a few rings, boxes and lines that touch, as in a simple picture of a thing."""
    parts: Drawing = []
    for _ in range(int(rng.integers(3, 7))):  # two rings are an 8
        size, centre = rng.uniform(0.1, 0.5), rng.uniform(0, 1, 2)
        kind = rng.integers(3)
        if kind == 0:
            t = np.linspace(0, 2 * np.pi, 30)
            part = np.stack([np.cos(t), np.sin(t) * rng.uniform(0.5, 1.5)], axis=1)
        elif kind == 1:
            corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], dtype=np.float64)
            part = densify_stroke(corners * (1, rng.uniform(0.4, 1.6)), 6)
        else:
            part = rotate_stroke(
                densify_stroke(np.array([[-1.5, 0.0], [1.5, 0.0]]), 6), rng.uniform(0, np.pi)
            )
        parts.append(part * size + centre)
    return parts


_GENERATORS: tuple[Callable[[np.random.Generator], Drawing], ...] = (
    *[_draw_mark] * 4, *[draw_letter] * 10, *[_draw_scribble] * 2, _draw_tangle, _draw_sticks,
    _draw_zigzag, _draw_wave, _draw_spiral, _draw_star, _draw_asterisk, _draw_heart, _draw_face,
    _draw_dots, _draw_blob, _draw_parallel_lines, _draw_horizontal_line, _draw_concentric_circles,
    *[_draw_textured_shape] * 4, *[_draw_figure] * 4,
)  # fmt: skip

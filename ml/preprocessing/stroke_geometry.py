"""Geometry of single strokes, each an (n, 2) array of x and y, y down."""

from __future__ import annotations

import numpy as np

from ml.preprocessing.array_types import Stroke, Strokes


def to_strokes(strokes: Strokes) -> list[Stroke]:
    """Return strokes as arrays, without empty ones."""
    lines = [np.array([point[:2] for point in stroke], dtype=np.float64) for stroke in strokes]
    return [line for line in lines if len(line)]


def smooth_stroke(anchors: Stroke, steps: int = 4) -> Stroke:
    """Return a Catmull-Rom spline through the anchors (Catmull & Rom, 1974) with `steps` points per
    segment. Fewer than three anchors are connected by straight lines."""
    if len(anchors) < 3:
        return densify_stroke(anchors, steps)
    padded = np.concatenate([anchors[:1], anchors, anchors[-1:]])
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    squared = t**2 * (a - 2.5 * b + 2 * c - d / 2)
    cubed = t**3 * (1.5 * (b - c) + (d - a) / 2)
    curve: Stroke = b + t * (c - a) / 2 + squared + cubed
    return np.concatenate([curve.reshape(-1, 2), anchors[-1:]])


def densify_stroke(corners: Stroke, steps: int) -> Stroke:
    """Return a polyline with `steps` points per segment."""
    t = np.arange((len(corners) - 1) * steps + 1) / steps
    indices = np.arange(len(corners))
    return np.stack([np.interp(t, indices, corners[:, axis]) for axis in (0, 1)], axis=1)


def rotate_stroke(stroke: Stroke, angle: float) -> Stroke:
    """Return the stroke rotated about the origin by `angle` radians, clockwise on the screen."""
    cos, sin = np.cos(angle), np.sin(angle)
    rotated: Stroke = stroke @ np.array([[cos, sin], [-sin, cos]])
    return rotated

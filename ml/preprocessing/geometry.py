"""Geometry of single strokes, each an (n, 2) array of x and y, y down. Pure."""

from __future__ import annotations

import numpy as np

from ml.preprocessing.rasterize import Stroke


def smooth_stroke(anchors: Stroke, steps: int = 4) -> Stroke:
    """Return a Catmull-Rom curve through the points (Catmull & Rom, 1974), `steps` points from one
    to the next; two points or fewer are joined straight."""
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
    """Return a polyline with `steps` points from one corner to the next."""
    t = np.arange((len(corners) - 1) * steps + 1) / steps
    whole = np.arange(len(corners))
    x, y = np.interp(t, whole, corners[:, 0]), np.interp(t, whole, corners[:, 1])
    return np.stack([x, y], axis=1)


def rotate_stroke(line: Stroke, angle: float) -> Stroke:
    """Return the stroke turned about the origin by `angle` radians, with y down clockwise."""
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Stroke = line @ np.array([[cos, sin], [-sin, cos]])
    return turned

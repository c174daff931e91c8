"""Strokes traced from bitmaps: thinned to a skeleton (Zhang & Suen, 1984) and followed by the
straightest way, so that a bitmap can be augmented and drawn like a pen's strokes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ml.preprocessing.array_types import Raster, Stroke

Mask = npt.NDArray[np.bool_]
Pixel = tuple[int, int]

SCALE = 3
"""Skeleton pixels per pixel of the bitmap."""

_INK_LEVEL = 0.4
_MIN_STROKE_PIXELS = 7
_LOOK_BACK = 4
_CHUNK_SIZE = 500
_NEIGHBOURS = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
"""Row and column offsets, those that share an edge first."""


class Trace(NamedTuple):
    """Strokes in pixels of the bitmap, longest first, and the loops of their skeleton if it is in
    one piece."""

    strokes: list[Stroke]
    num_loops: int


def trace_bitmaps(images: Raster) -> Iterator[Trace]:
    """Yield the trace of each image (n, 28, 28) uint8; about 2 ms each."""
    for start in range(0, len(images), _CHUNK_SIZE):
        chunk = torch.from_numpy(images[start : start + _CHUNK_SIZE])[:, None].float() / 255
        large = F.interpolate(chunk, scale_factor=SCALE, mode="bicubic", align_corners=False)
        for skeleton in thin_masks(large[:, 0].numpy() > _INK_LEVEL):
            yield _trace_skeleton(skeleton)


def thin_masks(masks: Mask) -> Mask:
    """Return the skeletons of masks (n, h, w), by the algorithm of Zhang and Suen."""
    ink = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    is_changed = True
    while is_changed:
        is_changed = False
        for step in (0, 1):
            removed = _find_removable(ink, step)
            ink[:, 1:-1, 1:-1] &= ~removed
            is_changed |= bool(removed.any())
    return ink[:, 1:-1, 1:-1]


def _find_removable(ink: Mask, step: int) -> Mask:
    height, width = ink.shape[1] - 2, ink.shape[2] - 2
    around = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))  # clockwise from P2
    p = [ink[:, row : row + height, column : column + width] for row, column in around]
    count = sum(one.astype(np.uint8) for one in p)
    rises = sum((~p[i] & p[(i + 1) % 8]).astype(np.uint8) for i in range(8))
    north, east, south, west = p[0], p[2], p[4], p[6]
    if step == 0:
        border = ~(north & east & south) & ~(east & south & west)
    else:
        border = ~(north & east & west) & ~(north & south & west)
    removable: Mask = ink[:, 1:-1, 1:-1] & (count >= 2) & (count <= 6) & (rises == 1) & border
    return removable


def _trace_skeleton(skeleton: Mask) -> Trace:
    """Return the trace of a skeleton (h, w), without short spurs."""
    links = _link_pixels({(int(row), int(column)) for row, column in np.argwhere(skeleton)})
    num_loops = sum(map(len, links.values())) // 2 - len(links) + 1
    strokes = []
    while links:
        ends = [pixel for pixel, others in links.items() if len(others) == 1]
        path = _follow(min(ends or links), links)
        strokes.append(np.array(path, dtype=np.float64)[:, ::-1])
    strokes.sort(key=len, reverse=True)
    kept = [one for i, one in enumerate(strokes) if i == 0 or len(one) >= _MIN_STROKE_PIXELS]
    return Trace([_smooth(stroke) / SCALE for stroke in kept], num_loops)


def _link_pixels(pixels: set[Pixel]) -> dict[Pixel, list[Pixel]]:
    """Return the neighbours of each pixel that has any; diagonal ones only where no pixel shares an
    edge with both."""
    links: dict[Pixel, list[Pixel]] = {}
    for row, column in pixels:
        found = [
            (row + down, column + right)
            for down, right in _NEIGHBOURS
            if (row + down, column + right) in pixels
            and not (
                down
                and right
                and ((row + down, column) in pixels or (row, column + right) in pixels)
            )
        ]
        if found:
            links[row, column] = found
    return links


def _follow(start: Pixel, links: dict[Pixel, list[Pixel]]) -> list[Pixel]:
    """Remove a path from `links`, straight on at crossings, and return its pixels."""
    path = [start]
    while others := links.get(path[-1]):
        here, back = path[-1], path[max(len(path) - 1 - _LOOK_BACK, 0)]
        direction = here[0] - back[0], here[1] - back[1]

        def straightness(pixel: Pixel, here: Pixel = here, direction: Pixel = direction) -> float:
            down, right = pixel[0] - here[0], pixel[1] - here[1]
            return (down * direction[0] + right * direction[1]) / float(np.hypot(down, right))

        chosen = max(others, key=straightness)
        _unlink(links, here, chosen)
        path.append(chosen)
    return path


def _unlink(links: dict[Pixel, list[Pixel]], one: Pixel, other: Pixel) -> None:
    for pixel, neighbour in ((one, other), (other, one)):
        links[pixel].remove(neighbour)
        if not links[pixel]:
            del links[pixel]


def _smooth(stroke: Stroke) -> Stroke:
    """Return every second point of the moving average over five points; ends stay."""
    if len(stroke) < 3:
        return stroke
    padded = np.concatenate([stroke[:1], stroke[:1], stroke, stroke[-1:], stroke[-1:]])
    sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
    mean: Stroke = (sums[5:] - sums[:-5]) / 5
    mean[0], mean[-1] = stroke[0], stroke[-1]
    return np.concatenate([mean[:-1:2], mean[-1:]])

"""What hands do differently: changes of strokes before they are rendered, and of pictures in
batches.

Strokes are numpy and one drawing at a time (about 0.1 ms); pictures are torch and a batch at a time
on its device.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ml.config import NO_AUGMENTATION, ImageAugmentation, StrokeAugmentation
from ml.preprocessing.geometry import smooth_stroke
from ml.preprocessing.rasterize import Stroke


def augment_strokes(
    lines: list[Stroke], changes: StrokeAugmentation, rng: np.random.Generator
) -> list[Stroke]:
    """Return a changed copy of a drawing, its strokes (n, 2) arrays, in units of its own extent.

    In this order: points resampled, ends trimmed, strokes jittered, the plane bent, then one affine
    map.
    """
    points = np.concatenate(lines)
    middle, extent = (
        (points.min(axis=0) + points.max(axis=0)) / 2,
        max(float(np.ptp(points, axis=0).max()), 1e-9),
    )
    changed = [
        (_trim_ends(_resample_points(line, changes, rng), changes, rng) - middle) / extent
        for line in lines
    ]
    lengths = [len(line) for line in changed]
    shifts = rng.normal(0, changes.stroke_shift, (len(lines), 2))
    scales = rng.normal(1, changes.stroke_scale, (len(lines), 2))
    if len(lines) == 1:
        moved = changed[0]
    else:
        parts = [
            (line - line.mean(axis=0)) * s + line.mean(axis=0) + d
            for line, d, s in zip(changed, shifts, scales, strict=True)
        ]
        moved = np.concatenate(parts)
    moved = _warp_points(moved, changes.warp, rng) + _sample_jitter(len(moved), changes.jitter, rng)
    moved = moved @ _sample_affine_matrix(changes, rng)
    return np.split(moved, np.cumsum(lengths)[:-1])


def sample_pen_width(changes: StrokeAugmentation, rng: np.random.Generator) -> float:
    """Return a pen width in pixels of the raster, its logarithm evenly spread."""
    low, high = np.log(changes.pen_width)
    return float(np.exp(rng.uniform(low, high)))


def augment_images(
    pictures: Tensor, changes: ImageAugmentation, strength: Tensor, generator: torch.Generator
) -> Tensor:
    """Return changed pictures (B, 1, 28, 28) in [0, 1]; `strength` (B,) scales all changes of each
    picture."""
    if changes == NO_AUGMENTATION:
        return pictures
    size, device = len(pictures), pictures.device

    def spread(*shape: int) -> Tensor:
        drawn = torch.rand(size, *shape, generator=generator, device=device) * 2 - 1
        return drawn * strength.view(-1, *[1] * len(shape))

    pictures = _change_thickness(pictures, spread(1, 1, 1) * changes.thickness)
    angle = spread() * np.radians(changes.rotation)
    shear, aspect, scale = (
        spread() * changes.shear,
        spread() * changes.aspect,
        spread() * changes.scale,
    )
    wide, high = torch.exp(scale + aspect / 2), torch.exp(scale - aspect / 2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    shift = spread(2) * (changes.shift * 2 / 28)
    rows = torch.stack(
        [
            torch.stack([cos * wide, (cos * shear - sin) * wide, shift[:, 0]], dim=1),
            torch.stack([sin * high, (sin * shear + cos) * high, shift[:, 1]], dim=1),
        ],
        dim=1,
    )  # (B, 2, 3)
    grid = F.affine_grid(rows, list(pictures.shape), align_corners=False)
    coarse = spread(2, 4, 4) * (changes.warp * 2 / 28)
    warp = F.interpolate(coarse, size=(28, 28), mode="bicubic", align_corners=True)
    moved = F.grid_sample(pictures, grid + warp.permute(0, 2, 3, 1), align_corners=False)
    return _change_contrast(moved, torch.exp(spread(1, 1, 1).abs() * changes.contrast))


def _change_thickness(pictures: Tensor, amount: Tensor) -> Tensor:
    """Blend each picture with its 3x3 dilation (amount > 0) or erosion (amount < 0, half as
    far)."""
    wider = F.max_pool2d(pictures, 3, 1, 1)
    thinner = -F.max_pool2d(-pictures, (2, 2), 1, 1)[..., :28, :28]
    target = torch.where(amount > 0, wider, thinner)
    return pictures + (target - pictures) * torch.where(amount > 0, amount, -amount / 2)


def _change_contrast(pictures: Tensor, contrast: Tensor) -> Tensor:
    return ((pictures - 0.5) * contrast + 0.5).clamp_(0, 1)


def _resample_points(line: Stroke, changes: StrokeAugmentation, rng: np.random.Generator) -> Stroke:
    """Keep the points, lose some, or go smoothly through all or some: devices sample from 10 to 240
    times a second."""
    if len(line) < 4:
        return line
    choice = rng.random()
    if choice < 0.6:
        keep = rng.random(len(line)) >= changes.drop * rng.random()
        keep[0] = keep[-1] = True
        line = line[keep]
    if 0.3 < choice < 0.9:
        line = smooth_stroke(line)
    return line


def _trim_ends(line: Stroke, changes: StrokeAugmentation, rng: np.random.Generator) -> Stroke:
    if len(line) < 8:
        return line
    first, last = (rng.random(2) ** 3 * changes.trim * len(line)).astype(int).tolist()
    return line[first : len(line) - last]


def _warp_points(points: Stroke, amount: float, rng: np.random.Generator) -> Stroke:
    """Add a smooth field of shifts: two plane sine waves of about one period over the drawing."""
    waves = rng.normal(0, 4.0, (2, 2))
    phases = rng.uniform(0, 2 * np.pi, 2)
    heights = rng.normal(0, amount, (2, 2))
    bent: Stroke = points + np.sin(points @ waves + phases) @ heights
    return bent


def _sample_jitter(count: int, amount: float, rng: np.random.Generator) -> Stroke:
    """Return a shift of each point: noise smoothed over five points."""
    noise = rng.normal(0, amount * rng.random(), (count + 4, 2))
    summed = np.concatenate([np.zeros((1, 2)), noise.cumsum(axis=0)])
    shifts: Stroke = (summed[5:] - summed[:-5]) / 2.2
    return shifts


def _sample_affine_matrix(changes: StrokeAugmentation, rng: np.random.Generator) -> Stroke:
    """Return the (2, 2) matrix, to be multiplied from the right: aspect, then shear, then
    rotation."""
    angle = np.radians(changes.rotation) * _sample_peaked(rng)
    shear = changes.shear * _sample_peaked(rng)
    aspect = np.exp(changes.aspect * _sample_peaked(rng) / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = np.array([[aspect, 0.0], [shear / aspect, 1 / aspect]])
    matrix: Stroke = stretch @ np.array([[cos, sin], [-sin, cos]])
    return matrix


def _sample_peaked(rng: np.random.Generator) -> float:
    """Draw from -1 to 1, nearer the middle more often (the mean of two even draws), so that the
    limit is seldom."""
    first, second = rng.uniform(-1, 1, 2)
    return float(first + 0.5 * second) / 1.5

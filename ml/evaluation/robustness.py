"""Accuracy under rotation, pen width, scale and translation, without the preprocessing that
normally removes them."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

from ml.artifacts.model_card import RobustnessCurve
from ml.data.render_ink_samples import render_inks, rotate_strokes
from ml.evaluation.accuracy_ece_auroc import predict_classes
from ml.evaluation.evaluation_sets import ReportSetName, load_report_set
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels, Raster
from ml.preprocessing.rasterize import IMAGE_SIZE, INK_BOX_SIZE, rasterize_many

ROTATIONS = (-45, -30, -20, -10, 0, 10, 20, 30, 45)
PEN_WIDTHS = (1.0, 1.5, 2.25, 3.0, 4.0, 5.0)
INK_SIZES = (10, 12, 14, 16, 18, 20, 22, 24, 26)
SHIFTS = (0, 1, 2, 3, 4, 5, 6)

CurvePoint = tuple[float, Raster, Labels]

_UNITS = {
    "rotation": "degrees, clockwise",
    "pen_width": "pixels of 28",
    "size": "pixels of 28, of the longer side",
    "position": "pixels of 28 from the centre, a quarter of the drawings in each direction",
}


def measure_robustness(
    predictor: Predictor, drawings: ReportSetName = "pen"
) -> dict[str, RobustnessCurve]:
    """Return a curve for each perturbation, with its unit and the set and number of drawings per
    point."""
    curves: dict[str, RobustnessCurve] = {}
    for name, points in _build_curve_points(drawings).items():
        accuracy = [
            round(_compute_accuracy(predictor, rasters, labels), 5) for _, rasters, labels in points
        ]
        curves[name] = {
            "unit": _UNITS[name],
            "set": drawings,
            "n": len(points[0][2]),
            "x": [x for x, _, _ in points],
            "accuracy": accuracy,
        }
    return curves


def _compute_accuracy(predictor: Predictor, rasters: Raster, labels: Labels) -> float:
    classes = predict_classes(predictor, predictor.compute_probabilities(rasters))
    return float((classes == labels).mean())


@cache
def _build_curve_points(drawings: ReportSetName) -> dict[str, list[CurvePoint]]:
    """Return the images of each point. They are the same for all models, so they are cached."""
    inks = load_report_set(drawings)
    rasters, labels = render_inks(inks)
    rotated = {
        angle: rasterize_many([rotate_strokes(ink.strokes, angle) for ink in inks])
        for angle in ROTATIONS
    }
    with_width = {
        width: rasterize_many([ink.strokes for ink in inks], pen_width=width)
        for width in PEN_WIDTHS
    }
    return {
        "rotation": [(angle, rotated[angle], labels) for angle in ROTATIONS],
        "pen_width": [(width, with_width[width], labels) for width in PEN_WIDTHS],
        "size": [(size, _scale_images(rasters, size / INK_BOX_SIZE), labels) for size in INK_SIZES],
        "position": [(shift, _shift_images(rasters, shift), labels) for shift in SHIFTS],
    }


def _scale_images(rasters: Raster, scale: float) -> Raster:
    """Return the images scaled about their centre and cropped to the frame."""
    theta = torch.tensor([[1 / scale, 0.0, 0.0], [0.0, 1 / scale, 0.0]])
    images = torch.from_numpy(rasters)[:, None].float()
    grid = F.affine_grid(theta.expand(len(rasters), 2, 3), list(images.shape), align_corners=False)
    resized = F.grid_sample(images, grid, align_corners=False)[:, 0]
    result: Raster = resized.round().clamp(0, 255).to(torch.uint8).numpy()
    return result


def _shift_images(rasters: Raster, pixels: int) -> Raster:
    """Return the images shifted right, left, down and up, in turn."""
    padded = np.pad(rasters, ((0, 0), (pixels, pixels), (pixels, pixels)))
    offsets = ((pixels, 0), (pixels, 2 * pixels), (0, pixels), (2 * pixels, pixels))
    shifted = np.empty_like(rasters)
    for turn, (row, column) in enumerate(offsets):
        shifted[turn::4] = padded[turn::4, row : row + IMAGE_SIZE, column : column + IMAGE_SIZE]
    return shifted

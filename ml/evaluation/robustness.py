"""What a network bears that the preprocessing would have taken away: accuracy against rotation, pen
width, size and position, on the validation's pen writers."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

from ml.artifacts.model_card import RobustnessCurve
from ml.data.rendering import render_inks, rotate_strokes
from ml.evaluation.classification_metrics import predict_classes
from ml.evaluation.report_sets import ReportSetName, load_report_set
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import IMAGE_SIZE, INK_BOX_SIZE, rasterize_many
from ml.preprocessing.types import Labels, Raster

ROTATIONS = (-45, -30, -20, -10, 0, 10, 20, 30, 45)
PEN_WIDTHS = (1.0, 1.5, 2.25, 3.0, 4.0, 5.0)
INK_SIZES = (10, 12, 14, 16, 18, 20, 22, 24, 26)
SHIFTS = (0, 1, 2, 3, 4, 5, 6)

CurvePoint = tuple[float, Raster, Labels]

_UNITS = {
    "rotation": "degrees, clockwise",
    "pen_width": "pixels of 28",
    "size": "pixels of 28, of the longer side",
    "position": "pixels of 28 away from the middle, a quarter of the drawings to each side",
}


def measure_robustness(
    predictor: Predictor, drawings: ReportSetName = "pen"
) -> dict[str, RobustnessCurve]:
    """Return a curve for each change: its unit, which drawings and how many make a point, x and
    accuracy."""
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
    answers = predict_classes(predictor, predictor.compute_probabilities(rasters))
    return float((answers == labels).mean())


@cache
def _build_curve_points(drawings: ReportSetName) -> dict[str, list[CurvePoint]]:
    """Return the pictures of every point; the same for each network."""
    inks = load_report_set(drawings)
    rasters, labels = render_inks(inks)
    turned = {
        angle: rasterize_many([rotate_strokes(ink.strokes, angle) for ink in inks])
        for angle in ROTATIONS
    }
    drawn = {
        width: rasterize_many([ink.strokes for ink in inks], pen_width=width)
        for width in PEN_WIDTHS
    }
    return {
        "rotation": [(angle, turned[angle], labels) for angle in ROTATIONS],
        "pen_width": [(width, drawn[width], labels) for width in PEN_WIDTHS],
        "size": [(size, _scale_images(rasters, size / INK_BOX_SIZE), labels) for size in INK_SIZES],
        "position": [(shift, _shift_images(rasters, shift), labels) for shift in SHIFTS],
    }


def _scale_images(rasters: Raster, scale: float) -> Raster:
    """Return the pictures larger or smaller about their middle; what leaves the frame is lost."""
    theta = torch.tensor([[1 / scale, 0.0, 0.0], [0.0, 1 / scale, 0.0]])
    pictures = torch.from_numpy(rasters)[:, None].float()
    grid = F.affine_grid(
        theta.expand(len(rasters), 2, 3), list(pictures.shape), align_corners=False
    )
    resized = F.grid_sample(pictures, grid, align_corners=False)[:, 0]
    result: Raster = resized.round().clamp(0, 255).to(torch.uint8).numpy()
    return result


def _shift_images(rasters: Raster, pixels: int) -> Raster:
    """Return the pictures moved by turns to the right, the left, down and up."""
    padded = np.pad(rasters, ((0, 0), (pixels, pixels), (pixels, pixels)))
    sides = ((pixels, 0), (pixels, 2 * pixels), (0, pixels), (2 * pixels, pixels))
    moved = np.empty_like(rasters)
    for turn, (row, column) in enumerate(sides):
        moved[turn::4] = padded[turn::4, row : row + IMAGE_SIZE, column : column + IMAGE_SIZE]
    return moved

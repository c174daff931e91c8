"""Validation while training: writers and drawers that are in no training part. All choices are made on these figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.datasets import NOT_A_DIGIT, Ink, Stroke, load_mnist, load_nondigits, load_pen
from ml.raster import Raster, rasterize_many
from ml.synthesis import draw_nondigit

VALIDATION_SEED = 90_001
GENERATED = 1000


@dataclass(frozen=True, slots=True)
class ValidationData:
    """Named sets of pictures (n, 28, 28) uint8 with their labels (n,) int64."""

    sets: dict[str, tuple[Raster, npt.NDArray[np.int64]]]


def load_validation_data() -> ValidationData:
    """Return MNIST's validation writers, the pen's plain and turned by 20 degrees either way, and the non-digits."""
    bitmaps, pen = load_mnist("validation"), load_pen("validation")
    rng = np.random.default_rng(VALIDATION_SEED)
    generated = [draw_nondigit(rng) for _ in range(GENERATED)]
    letters = [ink.strokes for ink in load_nondigits("validation")]
    return ValidationData(
        {
            "mnist": (bitmaps.images, bitmaps.labels),
            "pen": render_inks(pen),
            "pen_turned": render_turned(pen, 20.0),
            "letters": (rasterize_many(letters), np.full(len(letters), NOT_A_DIGIT)),
            "generated": (rasterize_many(generated), np.full(GENERATED, NOT_A_DIGIT)),
        }
    )


def render_inks(inks: Sequence[Ink]) -> tuple[Raster, npt.NDArray[np.int64]]:
    """Return the pictures and labels of some inks."""
    return rasterize_many([ink.strokes for ink in inks]), np.array([ink.label for ink in inks], dtype=np.int64)


def render_turned(inks: Sequence[Ink], degrees: float) -> tuple[Raster, npt.NDArray[np.int64]]:
    """Return pictures and labels of the inks turned by +degrees, then of the same turned by -degrees."""
    turned = [turn_strokes(ink.strokes, sign * degrees) for sign in (1, -1) for ink in inks]
    labels = np.array([ink.label for ink in inks] * 2, dtype=np.int64)
    return rasterize_many(turned), labels


def turn_strokes(strokes: Sequence[Stroke], degrees: float) -> list[list[tuple[float, float]]]:
    """Return the strokes turned about the origin; with y down a positive angle turns clockwise."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[(x * cos - y * sin, x * sin + y * cos) for x, y in stroke] for stroke in strokes]


def validate(network: nn.Module, data: ValidationData, device: torch.device) -> dict[str, float]:
    """Return the accuracy on each set, and `score`: the mean of the digit sets' and the non-digits' accuracies."""
    figures = {}
    for name, (images, labels) in data.sets.items():
        logits = compute_logits(network, images, device)
        figures[name] = float((logits.argmax(1).numpy() == labels).mean())
    return figures


def compute_logits(network: nn.Module, images: Raster, device: torch.device, batch_size: int = 512) -> Tensor:
    """Return the logits (n, 11) float32 on the CPU; the network is left in evaluation mode."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            part = torch.from_numpy(images[start : start + batch_size]).to(device)
            logits, _ = network(part.unsqueeze(1).float().div_(255))
            parts.append(logits.float().cpu())
    return torch.cat(parts)

"""Attribution of a logit to pixels by integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit

NUM_STEPS = 256
GRADIENT_BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class Attribution:
    """`values` (28, 28) sum to `total`: the score minus the score of a blank image. The
    discretization error is at most 0.15 for totals of about 5 (30 drawings, three models)."""

    values: FloatArray
    total: float


def compute_integrated_gradients(
    model: nn.Module, raster: Raster, *, output: int, against: int | None = None
) -> Attribution:
    """Return the attribution of a logit, or of its difference to the logit `against`.

    Integrated gradients (Sundararajan, Taly & Yan, arXiv:1703.01365) along the straight line from a
    blank image to the raster (28, 28), by the midpoint rule. Blank pixels get 0.
    """

    def compute_scores(images: Tensor) -> Tensor:
        logits: Tensor = model(images)[0]
        return logits[:, output] - (0 if against is None else logits[:, against])

    image = torch.from_numpy(scale_to_unit(raster[None]))
    midpoints = (torch.arange(NUM_STEPS) + 0.5) / NUM_STEPS
    gradients = torch.zeros_like(image[0, 0])
    for alphas in torch.split(midpoints, GRADIENT_BATCH_SIZE):
        images = (image * alphas.view(-1, 1, 1, 1)).requires_grad_(True)
        (gradient,) = torch.autograd.grad(compute_scores(images).sum(), images)
        gradients += gradient.sum(dim=0)[0]
    with torch.inference_mode():
        score, blank_score = compute_scores(torch.cat([image, torch.zeros_like(image)])).tolist()
    values = (image[0, 0] * gradients / NUM_STEPS).numpy().astype(np.float32)
    return Attribution(values, score - blank_score)

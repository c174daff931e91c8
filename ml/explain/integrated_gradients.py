"""How much each pixel's ink moved the decision: integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ml.explain.feature_maps import to_image_batch
from ml.preprocessing.rasterize import Raster

NUM_STEPS = 256
GRADIENT_BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class Attribution:
    """`values` (28, 28) sum to `total`, by how much the ink raised the score above that of blank
    paper: up to the error of STEPS steps, at most 0.15 where totals are about 5 (30 drawings on
    three networks)."""

    values: npt.NDArray[np.float32]
    total: float


def compute_integrated_gradients(
    network: nn.Module, raster: Raster, *, output: int, against: int | None = None
) -> Attribution:
    """Return the attribution of an output's score, or of its lead over another output's.

    Integrated gradients (Sundararajan, Taly & Yan, arXiv:1703.01365) from blank paper to the
    raster (28, 28) along the straight line, by the midpoint rule. They are complete: their sum is
    the difference of the score at both ends; what is blank gets none.
    """
    picture = to_image_batch(raster[None])
    shares = (torch.arange(NUM_STEPS) + 0.5) / NUM_STEPS
    slopes = torch.zeros_like(picture[0, 0])
    for at in range(0, NUM_STEPS, GRADIENT_BATCH_SIZE):
        part = picture * shares[at : at + GRADIENT_BATCH_SIZE].view(-1, 1, 1, 1)
        slopes += _sum_gradients(network, part, output, against)
    values = picture[0, 0] * slopes / NUM_STEPS
    with torch.inference_mode():
        ends = _compute_score(
            network(torch.cat([picture, torch.zeros_like(picture)]))[0], output, against
        )
    return Attribution(values.numpy().astype(np.float32), float(ends[0] - ends[1]))


def _sum_gradients(
    network: nn.Module, pictures: Tensor, output: int, against: int | None
) -> Tensor:
    pictures.requires_grad_(True)
    score = _compute_score(network(pictures)[0], output, against).sum()
    (slopes,) = torch.autograd.grad(score, pictures)
    return slopes.sum(dim=0)[0]


def _compute_score(logits: Tensor, output: int, against: int | None) -> Tensor:
    score = logits[:, output]
    return score if against is None else score - logits[:, against]

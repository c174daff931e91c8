"""One drawing as its network would have met it in training: changed a little, each time anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ml.architectures import find_recipe
from ml.augment import change_pictures
from ml.explanation.layers import to_pictures
from ml.pool import FULL, RENDERED
from ml.raster import Raster
from ml.recipe import NO_CHANGES, TrainingConfig
from ml.rehearsal import render_changed, to_lines

Ink = Sequence[Sequence[Sequence[float]]]

VARIANTS = 8
"""Made of each seed."""


@dataclass(frozen=True, slots=True)
class Practice:
    """Rasters (seeds, VARIANTS, 28, 28) uint8; `is_own` is false where the network learnt without
    changes, and what inknet's training does is shown instead."""

    rasters: Raster
    is_own: bool


def practise(architecture: str, strokes: Ink | None, raster: Raster, *, seeds: int) -> Practice:
    """Change a drawing as the recipe of this architecture says; the same for the same seed."""
    recipe = find_recipe(architecture)
    is_own = recipe.pictures != NO_CHANGES
    recipe = recipe if is_own else TrainingConfig()
    made = [_change(recipe, strokes, raster, seed) for seed in range(1, seeds + 1)]
    return Practice(np.stack(made), is_own)


def _change(recipe: TrainingConfig, strokes: Ink | None, raster: Raster, seed: int) -> Raster:
    """Strokes are changed before they are drawn, where the network learnt of strokes; then, and
    less, the picture."""
    rasters, strength = np.repeat(raster[None], VARIANTS, axis=0), FULL
    if strokes and "pen" in recipe.base:
        drawn = [to_lines(strokes)] * VARIANTS
        rasters = render_changed(drawn, np.random.default_rng(seed), recipe.strokes)
        strength = RENDERED
    changed = change_pictures(
        to_pictures(rasters),
        recipe.pictures,
        torch.full((VARIANTS,), strength),
        torch.Generator().manual_seed(seed),
    )
    found: Raster = (changed[:, 0] * 255).round().to(torch.uint8).numpy()
    return found

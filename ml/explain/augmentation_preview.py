"""One drawing as its network would have met it in training: changed a little, each time anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ml.architectures import load_training_config
from ml.config import NO_AUGMENTATION, TrainingConfig
from ml.data.augmentation import augment_images
from ml.data.epoch_dataset import FULL_STRENGTH, RENDERED_STRENGTH
from ml.explain.feature_maps import to_image_batch
from ml.preprocessing.rasterize import Raster
from ml.retraining.rehearsal import render_augmented, to_strokes

StrokeList = Sequence[Sequence[Sequence[float]]]

VARIANTS_PER_SEED = 8
"""Made of each seed."""


@dataclass(frozen=True, slots=True)
class AugmentationPreview:
    """Rasters (seeds, VARIANTS, 28, 28) uint8; `is_own` is false where the network learnt without
    changes, and what inknet's training does is shown instead."""

    rasters: Raster
    is_own: bool


def preview_augmentations(
    architecture: str, strokes: StrokeList | None, raster: Raster, *, seeds: int
) -> AugmentationPreview:
    """Change a drawing as the recipe of this architecture says; the same for the same seed."""
    recipe = load_training_config(architecture)
    is_own = recipe.pictures != NO_AUGMENTATION
    recipe = recipe if is_own else TrainingConfig()
    made = [_augment_drawing(recipe, strokes, raster, seed) for seed in range(1, seeds + 1)]
    return AugmentationPreview(np.stack(made), is_own)


def _augment_drawing(
    recipe: TrainingConfig, strokes: StrokeList | None, raster: Raster, seed: int
) -> Raster:
    """Strokes are changed before they are drawn, where the network learnt of strokes; then, and
    less, the picture."""
    rasters, strength = np.repeat(raster[None], VARIANTS_PER_SEED, axis=0), FULL_STRENGTH
    if strokes and "pen" in recipe.base:
        drawn = [to_strokes(strokes)] * VARIANTS_PER_SEED
        rasters = render_augmented(drawn, np.random.default_rng(seed), recipe.strokes)
        strength = RENDERED_STRENGTH
    changed = augment_images(
        to_image_batch(rasters),
        recipe.pictures,
        torch.full((VARIANTS_PER_SEED,), strength),
        torch.Generator().manual_seed(seed),
    )
    found: Raster = (changed[:, 0] * 255).round().to(torch.uint8).numpy()
    return found

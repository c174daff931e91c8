"""Augmented variants of one drawing, with the augmentation of the model's training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ml.architectures import load_training_config
from ml.data.epoch_dataset import FULL_STRENGTH, RENDERED_STRENGTH
from ml.data.image_augmentation import augment_images
from ml.data.stroke_augmentation import render_augmented
from ml.preprocessing.array_types import Raster, Strokes
from ml.preprocessing.rasterize import scale_to_unit
from ml.preprocessing.stroke_geometry import to_strokes
from ml.training_config import NO_AUGMENTATION, TrainingConfig

VARIANTS_PER_SEED = 8


@dataclass(frozen=True, slots=True)
class AugmentationPreview:
    """Rasters (seeds, VARIANTS_PER_SEED, 28, 28) uint8. `uses_own_config` is false if the
    architecture is trained without augmentation: then inknet's is shown."""

    rasters: Raster
    uses_own_config: bool


def preview_augmentations(
    architecture: str, strokes: Strokes | None, raster: Raster, *, seeds: int
) -> AugmentationPreview:
    """Augment a drawing with the seeds 1 to `seeds`."""
    config = load_training_config(architecture)
    uses_own_config = config.pictures != NO_AUGMENTATION
    config = config if uses_own_config else TrainingConfig()
    variants = [_augment_drawing(config, strokes, raster, seed) for seed in range(1, seeds + 1)]
    return AugmentationPreview(np.stack(variants), uses_own_config)


def _augment_drawing(
    config: TrainingConfig, strokes: Strokes | None, raster: Raster, seed: int
) -> Raster:
    """Augment the strokes, if the architecture is trained on strokes, then the image."""
    rasters, strength = np.repeat(raster[None], VARIANTS_PER_SEED, axis=0), FULL_STRENGTH
    if strokes and "pen" in config.base:
        drawings = [to_strokes(strokes)] * VARIANTS_PER_SEED
        rasters = render_augmented(drawings, np.random.default_rng(seed), config.strokes)
        strength = RENDERED_STRENGTH
    images = augment_images(
        torch.from_numpy(scale_to_unit(rasters)),
        config.pictures,
        torch.full((VARIANTS_PER_SEED,), strength),
        torch.Generator().manual_seed(seed),
    )
    augmented: Raster = (images[:, 0] * 255).round().to(torch.uint8).numpy()
    return augmented

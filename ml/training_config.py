"""Training hyperparameters. Imports no library, so that each architecture can declare its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DatasetName = Literal["mnist", "pen", "uji", "fonts", "letters", "uji_letters", "icons", "doodles"]
DIGIT_DATASETS: tuple[DatasetName, ...] = ("mnist", "pen", "uji", "fonts")
NONDIGIT_DATASETS: tuple[DatasetName, ...] = ("letters", "uji_letters", "icons", "doodles")
DATASET_NAMES = (*DIGIT_DATASETS, *NONDIGIT_DATASETS)
"""The training data sets, without synthetic drawings."""

RehearsalKind = Literal["all", "mnist", "synthetic"]
"""Rehearsal data: all data sets; MNIST and synthetic non-digits; or synthetic
digits and non-digits."""

ArchitectureParams = dict[str, int | float | str]

NUM_DIGITS = 10


@dataclass(frozen=True, slots=True)
class StrokeAugmentation:
    """Limits of the augmentation of strokes: angles in degrees, other values as fractions of the
    drawing's extent unless noted."""

    rotation: float = 30.0  # peaks at 0; uniform from -30 to 45, a 1 and a 7 become alike
    shear: float = 0.35
    aspect: float = 0.3  # natural logarithm
    warp: float = 0.045
    stroke_shift: float = 0.035
    stroke_scale: float = 0.08
    jitter: float = 0.012
    trim: float = 0.07  # fraction of a stroke's points cut off an end
    drop: float = 0.5  # fraction of the points dropped
    pen_width: tuple[float, float] = (1.25, 4.25)  # pixels of the raster
    polygons: float = 0.0  # fraction of the drawings with few straight segments
    thick: float = 0.0  # fraction of the drawings with a pen wider than `pen_width`


@dataclass(frozen=True, slots=True)
class ImageAugmentation:
    """Limits of the augmentation of images: angles in degrees, shift and warp in pixels, scale and
    aspect as natural logarithms."""

    rotation: float = 25.0
    shear: float = 0.25
    scale: float = 0.15
    aspect: float = 0.15
    shift: float = 2.0
    warp: float = 1.2
    thickness: float = 0.8
    contrast: float = 0.8  # natural logarithm; only increased, because interpolation blurs


NO_AUGMENTATION = ImageAugmentation(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Hyperparameters of a training run. A model card has those of its model."""

    architecture: str = "inknet"
    shape: ArchitectureParams = field(default_factory=dict)  # arguments of `build`
    base: tuple[DatasetName, ...] = DATASET_NAMES  # the training data sets
    epochs: int = 100
    seed: int = 1
    batch_size: int = 256
    peak_lr: float = 4e-3
    warmup_epochs: float = 3.0
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    ema_decay: float = 0.9995  # per step
    cooldown_epochs: int = 8  # after `epochs`, from the EMA weights
    cooldown_lr: float = 6e-4
    cooldown_strength: float = 0.4  # factor on the strength of image augmentation
    cooldown_ema_decay: float = 0.998
    max_bitmaps: int | None = None  # sampled again in each epoch; None: all
    renderings_per_digit: int = 4
    renderings_per_nondigit: int = 2
    num_synthetic_digits: int = 6000
    num_synthetic_nondigits: int = 8000
    num_nondigits_of_digits: int = 5000
    num_mixed_nondigits: int = 0
    num_traced_digits: int = 0  # of the bitmaps; tracing takes 2 ms each
    epochs_per_rendering: int = 1  # rendering takes longer than training
    strokes: StrokeAugmentation = field(default_factory=StrokeAugmentation)
    pictures: ImageAugmentation = field(default_factory=ImageAugmentation)


REFERENCE_CONFIG = TrainingConfig(
    base=("mnist",),
    cooldown_epochs=0,
    ema_decay=0.999,
    num_synthetic_digits=0,
    num_synthetic_nondigits=0,
    num_nondigits_of_digits=0,
    pictures=NO_AUGMENTATION,
)
"""The common part of the reference architectures: MNIST only, ten outputs, no cool-down."""

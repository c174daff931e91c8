"""How a network is trained: all that decides a run besides the data. Numbers only; imports no
library, so that each architecture can keep its recipe beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DatasetName = Literal["mnist", "pen", "letters"]
DATASET_NAMES: tuple[DatasetName, ...] = ("mnist", "pen", "letters")
"""The data sets that may be trained on; generated drawings are not among them."""

ArchitectureParams = dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class StrokeAugmentation:
    """How far drawings are changed. Angles in degrees, the rest in parts of the drawing's extent
    unless said."""

    rotation: float = 30.0
    shear: float = 0.35
    aspect: float = 0.3  # natural logarithm
    warp: float = 0.045
    stroke_shift: float = 0.035
    stroke_scale: float = 0.08
    jitter: float = 0.012
    trim: float = 0.07  # part of a stroke's points lost at an end
    drop: float = 0.5  # part of the points lost
    pen_width: tuple[float, float] = (1.25, 4.25)  # pixels of the raster


@dataclass(frozen=True, slots=True)
class ImageAugmentation:
    """How far pictures are changed. Angles in degrees, shifts and bends in pixels, scales natural
    logarithms."""

    rotation: float = 25.0
    shear: float = 0.25
    scale: float = 0.15
    aspect: float = 0.15
    shift: float = 2.0
    warp: float = 1.2
    thickness: float = 0.8
    contrast: float = 0.8  # natural logarithm; only upwards, against the blur of turning


NO_AUGMENTATION = ImageAugmentation(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that decides a run besides the data. Rates are per step, sizes in pictures."""

    architecture: str = "inknet"
    shape: ArchitectureParams = field(default_factory=dict)  # what the architecture's `build` takes
    base: tuple[DatasetName, ...] = DATASET_NAMES  # of the data sets, what the run was given
    epochs: int = 100
    seed: int = 1
    batch_size: int = 256
    peak_lr: float = 4e-3
    warmup_epochs: float = 3.0
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    ema_decay: float = 0.9995
    cooldown_epochs: int = 8  # after the others, from the averaged weights
    cooldown_lr: float = 6e-4
    cooldown_strength: float = 0.4  # of the changes to pictures
    cooldown_ema_decay: float = 0.998
    renderings_per_digit: int = 4
    renderings_per_nondigit: int = 5
    num_synthetic_nondigits: int = 6000
    num_joined_digits: int = 1500
    strokes: StrokeAugmentation = field(default_factory=StrokeAugmentation)
    pictures: ImageAugmentation = field(default_factory=ImageAugmentation)

"""How a network is trained: all that decides a run besides the data. Numbers only; imports no
library, so that each architecture can keep its recipe beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Base = Literal["mnist", "pen", "letters"]
BASE: tuple[Base, ...] = ("mnist", "pen", "letters")
"""The data sets that may be trained on; generated drawings are not among them."""

Shape = dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class StrokeChanges:
    """How far drawings are changed. Angles in degrees, the rest in parts of the drawing's extent
    unless said."""

    rotation: float = 30.0
    shear: float = 0.35
    aspect: float = 0.3  # natural logarithm
    bend: float = 0.045
    stroke_shift: float = 0.035
    stroke_scale: float = 0.08
    tremor: float = 0.012
    trim: float = 0.07  # part of a stroke's points lost at an end
    drop: float = 0.5  # part of the points lost
    pen_width: tuple[float, float] = (1.25, 4.25)  # pixels of the raster


@dataclass(frozen=True, slots=True)
class PictureChanges:
    """How far pictures are changed. Angles in degrees, shifts and bends in pixels, scales natural
    logarithms."""

    rotation: float = 25.0
    shear: float = 0.25
    scale: float = 0.15
    aspect: float = 0.15
    shift: float = 2.0
    bend: float = 1.2
    thickness: float = 0.8
    contrast: float = 0.8  # natural logarithm; only upwards, against the blur of turning


NO_CHANGES = PictureChanges(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that decides a run besides the data. Rates are per step, sizes in pictures."""

    architecture: str = "inknet"
    shape: Shape = field(default_factory=dict)  # what the architecture's `build` takes
    base: tuple[Base, ...] = BASE  # of the data sets, what the run was given
    epochs: int = 100
    seed: int = 1
    batch_size: int = 256
    peak_rate: float = 4e-3
    warmup_epochs: float = 3.0
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    ema_decay: float = 0.9995
    calm_epochs: int = 8  # after the others, from the averaged weights
    calm_rate: float = 6e-4
    calm_strength: float = 0.4  # of the changes to pictures
    calm_ema_decay: float = 0.998
    pen_renderings: int = 4
    nondigit_renderings: int = 5
    generated_nondigits: int = 6000
    joined_digits: int = 1500
    strokes: StrokeChanges = field(default_factory=StrokeChanges)
    pictures: PictureChanges = field(default_factory=PictureChanges)

"""What a retraining is asked for and what it tells while it runs. Needs neither numpy nor torch, so
that whoever only asks can import it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

RehearsalKind = Literal["all", "mnist", "synthetic"]
"""The base data seen beside people's drawings: MNIST, pen strokes and letters; MNIST and generated
scribbles; or what `ml.data.synthetic_digits` draws."""


class CannotRetrain(Exception):
    """There is nothing to learn, or the run cannot go on. `code` is one of CODES."""

    CODES = (
        "no_training_data",
        "single_class",
        "invalid_drawing",
        "unknown_architecture",
        "base_model_unusable",
        "checkpoint_corrupt",
        "checkpoint_mismatch",
        "diverged",
        "disk_full",
        "export_failed",
    )

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class RetrainingStopped(Exception):
    """`should_stop` said so; the finished epochs stay in the checkpoint."""


@dataclass(frozen=True, slots=True)
class LabelledDrawing:
    """One drawing with its truth, 0-9 or NOT_A_DIGIT_CLASS, and who drew it.

    Strokes of points (x, y, ...), y down; for a picture, which has none, the 784 bytes of its
    raster.
    """

    label: int
    person: str
    strokes: Sequence[Sequence[Sequence[float]]] | None = None
    raster: bytes | None = None
    drawing_id: str = ""


@dataclass(frozen=True, slots=True)
class FineTuningConfig:
    """How a network is taught: sizes in pictures an epoch, rates per step."""

    rehearsed: int = 20_000
    rehearsal_nondigits: int = 3_000  # of the rehearsed
    max_repetitions: int = 60  # of a drawing in an epoch
    drawings_per_rehearsal_image: float = 0.5
    batch_size: int = 256
    peak_lr: float | None = None  # None: 1e-3 from a base, the architecture's own from scratch
    warmup_epochs: float = 0.5
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    ema_decay: float = 0.99
    distillation_weight: float = 0.9  # of the base network's answer in a rehearsed picture's target
    gce_q: float = 0.5  # of people's labels, from 0 to 1; see ml.retraining.distillation
    interpolation: float | None = None  # how far from the base's weights; None: by validation


@dataclass(frozen=True, slots=True)
class RetrainingConfig:
    """All that decides a run besides its drawings and its base. A cap of None is none."""

    architecture: str = "inknet"
    epochs: int = 4
    seed: int = 1
    rehearsal: RehearsalKind = "all"
    max_user_fraction: float | None = 0.05
    max_user_fraction_per_digit: float | None = 0.10
    snapshot_sha256: str = ""  # for the card
    note: str = ""
    tuning: FineTuningConfig = field(default_factory=FineTuningConfig)


@dataclass(frozen=True, slots=True)
class StepReport:
    """Where a run is: `step` of `steps` in epoch `epoch` (from 1) of `epochs`; the loss of late;
    seconds left."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    left_s: float


@dataclass(frozen=True, slots=True)
class RetrainingEpochReport:
    """What an epoch came to. Accuracies are on people and writers nobody of whom is trained on.

    `accuracy` and `by_digit` are of all digits of all validation sets (None: no such digit there),
    `validation` holds the accuracy on each set.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    by_digit: list[float | None]
    validation: dict[str, float]
    rate: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class RetrainingCallbacks:
    """Who follows a run: told of steps and epochs, asked before each step whether to stop."""

    on_step: Callable[[StepReport], None] = lambda step: None
    on_epoch: Callable[[RetrainingEpochReport], None] = lambda report: None
    should_stop: Callable[[], bool] = lambda: False

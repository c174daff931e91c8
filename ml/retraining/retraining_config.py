"""Request, progress reports and errors of a retraining run. Imports neither numpy nor torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ml.training_config import RehearsalKind


class CannotRetrain(Exception):
    """The run cannot start or continue. `code` is one of CODES."""

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


@dataclass(frozen=True, slots=True)
class LabelledDrawing:
    """A drawing with its user and its ground truth, 0 to 9 or NOT_A_DIGIT_CLASS.

    Strokes of points (x, y, ...), y down. An uploaded picture has no strokes but a raster, 784
    bytes.
    """

    label: int
    user: str
    strokes: Sequence[Sequence[Sequence[float]]] | None = None
    raster: bytes | None = None
    drawing_id: str = ""


@dataclass(frozen=True, slots=True)
class FineTuningConfig:
    """Hyperparameters of fine-tuning."""

    rehearsal_images: int = 20_000  # in an epoch
    rehearsal_nondigits: int = 3_000  # of rehearsal_images
    max_repetitions: int = 60  # of a user drawing in an epoch
    drawings_per_rehearsal_image: float = 0.5
    batch_size: int = 256
    peak_lr: float | None = None  # None: 1e-3 from a base, the architecture's own without
    warmup_epochs: float = 0.5
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    ema_decay: float = 0.99
    distillation_weight: float = 0.9  # of the base model's prediction for a rehearsal image
    gce_q: float = 0.5  # of user drawings, 0 to 1; see ml.retraining.distillation_and_gce_loss
    interpolation: float | None = None  # alpha of the weights; None: by validation


@dataclass(frozen=True, slots=True)
class RetrainingConfig:
    """Everything that decides a run besides its drawings and its base. A cap of None is none."""

    architecture: str = "inknet"
    epochs: int = 4
    seed: int = 1
    rehearsal: RehearsalKind = "all"
    max_user_fraction: float | None = 0.05
    max_user_fraction_per_digit: float | None = 0.10
    snapshot_sha256: str = ""  # for the model card only
    note: str = ""  # for the model card only
    tuning: FineTuningConfig = field(default_factory=FineTuningConfig)


@dataclass(frozen=True, slots=True)
class StepReport:
    """Progress of a run: `step` of `steps` finished in epoch `epoch`, from 1, of `epochs`; `loss`
    is the mean of the epoch so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    remaining_s: float

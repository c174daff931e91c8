"""Parsed model cards. ml/artifacts/model_card.py declares the JSON that is parsed here."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self, get_type_hints

from recognizer.models import NOT_A_DIGIT_LABEL, ModelVersion
from recognizer.protocol import NOT_A_DIGIT
from recognizer.registry.parsers.json_to_dataclass import MalformedJson, decode_json

CARD_VERSION = 1
NUM_CLASSES = NOT_A_DIGIT_LABEL + 1
NON_DIGIT_SETS = ("letters", "generated", "symbols", "doodles", "icons")
BASE64_PATTERN = re.compile(r"[A-Za-z0-9+/]+={0,2}")

log = logging.getLogger(__name__)

ConfusionMatrix = list[list[int]]
"""Row i counts the predictions for label i: ten digits, then not_a_digit."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One use of a layer; `output` is its shape for one image."""

    name: str
    kind: str
    output: list[int]
    parameters: int
    multiply_adds: int

    def __post_init__(self) -> None:
        if not self.output or min(self.output) < 1:
            raise MalformedJson(f"The output of the layer {self.name} has no shape")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The part of the configuration that the pages show."""

    base: list[str] | None = None  # data sets
    pictures: dict[str, float] = field(default_factory=dict)  # strengths of the augmentations


@dataclass(frozen=True, slots=True)
class Training:
    """The training run; the curves hold `epoch`, `loss` and the accuracy on each validation set."""

    epochs: int
    config: TrainingConfig = field(default_factory=TrainingConfig)
    seeds: list[int] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=dict)
    wall_s: float = 0.0
    machine: str = ""

    def __post_init__(self) -> None:
        lengths = {len(curve) for curve in self.curves.values()}
        if len(lengths) > 1 or (self.curves and not {"epoch", "loss"} <= self.curves.keys()):
            raise MalformedJson("The training curves do not have the same epochs")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Drawings of users and rehearsal data of a retrained model."""

    rehearsal: str
    drawings: int
    users: int
    holdout_drawings: int
    holdout_users: int


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """Accuracy on one set and its 95 % interval; on non-digits it is the rejected part."""

    n: int
    accuracy: float
    interval: tuple[float, float]
    confusion: ConfusionMatrix | None = None

    def __post_init__(self) -> None:
        check_confusion(self.confusion)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Mean confidence and accuracy of one bin of equal mass."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error, and the part of the errors in the least confident 2 %."""

    n: int
    ece: float
    errors_in_least_confident_2_percent: float
    bins: list[ReliabilityBin]


@dataclass(frozen=True, slots=True)
class PartMetrics:
    """Metrics of the validation or the test sets. Empty sets are left out."""

    sets: dict[str, SetMetrics]
    calibration: Calibration | None

    @classmethod
    def decode(cls, value: dict[str, Any], place: str) -> Self:
        sets = {name: one for name, one in value.items() if name != "calibration"}
        decoded = decode_json(dict[str, SetMetrics], sets, place)
        return cls(
            {name: one for name, one in decoded.items() if one.n},
            decode_json(Calibration | None, value.get("calibration"), f"{place}.calibration"),
        )


@dataclass(frozen=True, slots=True)
class RobustnessCurve:
    """Accuracy at each value of one perturbation."""

    x: list[float]
    accuracy: list[float]

    def __post_init__(self) -> None:
        if not self.x or len(self.x) != len(self.accuracy):
            raise MalformedJson("A robustness curve has no points, or values without an accuracy")


@dataclass(frozen=True, slots=True)
class Misclassification:
    """A misclassified drawing of a public validation set; `png` is base64."""

    set: str
    index: int
    label: int
    prediction: str
    confidence: float
    png: str

    def __post_init__(self) -> None:
        is_class = self.prediction == NOT_A_DIGIT or self.prediction in list("0123456789")
        if not is_class or self.label not in range(NUM_CLASSES):
            raise MalformedJson("A misclassified drawing has an unknown class")
        if not BASE64_PATTERN.fullmatch(self.png):
            raise MalformedJson("The image of a misclassified drawing is not base64")

    @property
    def predicted_label(self) -> int:
        return NOT_A_DIGIT_LABEL if self.prediction == NOT_A_DIGIT else int(self.prediction)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Images (model only) and drawings (with rendering) per second on one core."""

    images_per_s: int
    drawings_per_s: int
    batch_size: int
    backend: str
    machine: str
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model card. A section is None if it is absent, malformed or of another version."""

    note: str | None = None
    parameters: int | None = None
    buffers: int | None = None
    classes: list[str] | None = None
    layers: list[Layer] | None = None
    training: Training | None = None
    data: TrainingData | None = None
    metrics: dict[str, PartMetrics] | None = None
    robustness: dict[str, RobustnessCurve] | None = None
    misclassifications: list[Misclassification] | None = None
    throughput: Throughput | None = None

    @property
    def best_metrics(self) -> PartMetrics | None:
        """The metrics of the test sets, or else of the validation sets."""
        parts = self.metrics or {}
        return next((parts[part] for part in ("test", "validation") if part in parts), None)


SECTIONS = tuple(section.name for section in fields(ModelCard))


def parse_model_card(version: ModelVersion, sections: Collection[str] = SECTIONS) -> ModelCard:
    """Return these sections of the model card.

    Malformed sections and unknown versions are logged.
    """
    card = version.card
    if card.get("version") != CARD_VERSION:
        log.warning(
            "The model card of %s has the unknown version %r.", version, card.get("version")
        )
        return ModelCard()
    hints, parsed = get_type_hints(ModelCard), {}
    for name in sections:
        if name not in card:
            continue
        try:
            parsed[name] = _parse_section(hints[name], name, card[name])
        except MalformedJson as error:
            log.warning("The model card of %s is malformed: %s.", version, error)
    return ModelCard(**parsed)


def _parse_section(kind: Any, name: str, value: object) -> Any:
    if name == "metrics":
        parts = decode_json(dict[str, dict[str, Any]], value, name)
        return {part: PartMetrics.decode(one, f"{name}.{part}") for part, one in parts.items()}
    return decode_json(kind, value, name)


def check_confusion(matrix: ConfusionMatrix | None) -> None:
    """Raise MalformedJson unless every row has a count for each class."""
    if matrix is None:
        return
    if not 0 < len(matrix) <= NUM_CLASSES or {len(row) for row in matrix} != {NUM_CLASSES}:
        raise MalformedJson("The confusion matrix has another number of classes")

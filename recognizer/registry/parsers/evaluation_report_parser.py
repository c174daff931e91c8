"""Parsed evaluation reports. ml/evaluation/evaluation_report_json.py declares the JSON."""

from __future__ import annotations

import base64
import binascii
import logging
import zlib
from dataclasses import dataclass, field, fields
from typing import get_type_hints

from recognizer.models import Evaluation, User
from recognizer.protocol import JSON
from recognizer.registry.parsers.json_to_dataclass import MalformedJson, decode_json
from recognizer.registry.parsers.model_card_parser import (
    NUM_CLASSES,
    ConfusionMatrix,
    ReliabilityBin,
    check_confusion,
)

REPORT_VERSION = 1
RASTER_BYTES = 28 * 28

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Drawings that only the challenger (`won`) or only the champion (`lost`) predicts correctly.

    `p` is the p-value of the exact McNemar test, `p_adjusted` is Holm-adjusted.
    """

    n: int
    won: int
    lost: int
    p: float
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class DigitResult:
    """The paired test of one digit, and the correct predictions of each model."""

    digit: int
    n: int
    won: int
    lost: int
    p_adjusted: float
    champion: int
    challenger: int


@dataclass(frozen=True, slots=True)
class UserMisclassification:
    """A misclassified drawing of a user; `key` is its id and revision."""

    key: str
    label: int
    prediction: int


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model on one set."""

    accuracy: float
    interval: tuple[float, float]
    ece: float
    bins: list[ReliabilityBin]
    confusion: ConfusionMatrix
    misclassifications: list[UserMisclassification] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_confusion(self.confusion)


@dataclass(frozen=True, slots=True)
class ChangedDrawing:
    """A drawing that only one model predicts correctly.

    A user's drawing is named by `key`; a drawing of a data set has an `index` and a `raster`
    (zlib, base64).
    """

    label: int
    champion: int
    challenger: int
    key: str = ""
    index: int = 0
    raster: str = ""

    def __post_init__(self) -> None:
        if not self.key and len(self.pixels) != RASTER_BYTES:
            raise MalformedJson("A changed drawing has neither a key nor a raster")
        if not {self.label, self.champion, self.challenger} <= set(range(NUM_CLASSES)):
            raise MalformedJson("A changed drawing has an unknown class")

    @property
    def pixels(self) -> bytes:
        """The raster, 28×28 bytes. Raises MalformedJson."""
        try:
            return zlib.decompress(base64.b64decode(self.raster))
        except (binascii.Error, zlib.error) as error:
            raise MalformedJson(f"The raster of a changed drawing: {error}") from error


@dataclass(frozen=True, slots=True)
class ChangedDrawings:
    """The drawings that the challenger won and lost, up to a limit."""

    won: list[ChangedDrawing] = field(default_factory=list)
    lost: list[ChangedDrawing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SetReport:
    """One evaluation set. An empty set has no results.

    `shortage` is the reason for insufficient evidence, `regressions` are the conditions that
    failed.
    """

    name: str
    title: str
    n: int
    is_synthetic: bool
    is_from_users: bool
    shortage: str
    regressions: list[str]
    is_better: bool
    test: PairedTest
    difference: float
    interval: tuple[float, float] | None
    bound: float
    by_digit: list[DigitResult]
    champion: ModelResult | None
    challenger: ModelResult | None
    changed: ChangedDrawings

    def __post_init__(self) -> None:
        if self.n and not (self.champion and self.challenger and self.interval):
            raise MalformedJson(f"The results of the set {self.name} are missing")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of one model on a published test set."""

    accuracy: float


@dataclass(frozen=True, slots=True)
class PublishedSetReport:
    """A published test set; it does not influence the gate."""

    name: str
    title: str
    n: int
    champion: Accuracy
    challenger: Accuracy


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds for one drawing alone and for one drawing of a batch."""

    single_ms: float
    batched_ms: float


@dataclass(frozen=True, slots=True)
class LatencyComparison:
    """Latency of both models."""

    champion: Latency
    challenger: Latency


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """An evaluation report. A section is None if it is absent, malformed or of another version."""

    sets: list[SetReport] | None = None
    published: list[PublishedSetReport] | None = None
    latency: LatencyComparison | None = None


def load_report(evaluation: Evaluation, reader: User) -> EvaluationReport:
    """Return the parts of the report that the reader may see."""
    return parse_report(redact_report(evaluation, reader), str(evaluation.pk))


def parse_report(report: JSON, name: str) -> EvaluationReport:
    """Return a stored report. Malformed sections and unknown versions are logged with `name`."""
    if report.get("version") != REPORT_VERSION:
        log.warning("Evaluation %s has the unknown version %r.", name, report.get("version"))
        return EvaluationReport()
    hints, sections = get_type_hints(EvaluationReport), {}
    for section in fields(EvaluationReport):
        if section.name not in report:
            continue
        try:
            value = report[section.name]
            sections[section.name] = decode_json(hints[section.name], value, section.name)
        except MalformedJson as error:
            log.warning("The report of evaluation %s is malformed: %s.", name, error)
    return EvaluationReport(**sections)


def redact_report(evaluation: Evaluation, reader: User) -> JSON:
    """Return the report's JSON. Only reviewers see which drawings of users it names.

    Other readers get no report at all if its sets cannot be parsed.
    """
    report: JSON = evaluation.report
    if reader.is_reviewer:
        return report
    if parse_report(report, str(evaluation.pk)).sets is None:
        return {}
    return {**report, "sets": [_redact_set(one) for one in report["sets"]]}


def _redact_set(report: JSON) -> JSON:
    if not report.get("is_from_users"):
        return report
    results = {name: report.get(name) for name in ("champion", "challenger")}
    redacted = {
        name: {**result, "misclassifications": []} if result else None
        for name, result in results.items()
    }
    return {**report, **redacted, "changed": {"won": [], "lost": []}}

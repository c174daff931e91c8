"""JSON of an evaluation report, which recognizer.registry.parsers parses."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

REPORT_VERSION: Literal[1] = 1
"""Raise it when a key changes its name or meaning."""


class PairedTestJson(TypedDict):
    """McNemar's test. `won`: only the challenger is correct, `lost`: only the champion."""

    n: int
    won: int
    lost: int
    p: float
    p_adjusted: float


class DigitResultJson(PairedTestJson):
    """The test of one digit and the correct predictions of each model."""

    digit: int
    champion: int
    challenger: int


class ReliabilityBinJson(TypedDict):
    """Mean confidence and accuracy of one bin of equal mass."""

    n: int
    confidence: float
    accuracy: float


class UserMisclassificationJson(TypedDict):
    """A misclassified drawing of a user, named by its key alone."""

    key: str
    label: int
    prediction: int
    confidence: float


class ModelResultJson(TypedDict):
    """One model on one set."""

    n: int
    accuracy: float
    interval: list[float]
    correct: int
    ece: float
    bins: list[ReliabilityBinJson]
    confusion: list[list[int]]  # 11 x 11, rows are labels
    misclassifications: list[UserMisclassificationJson]


class ChangedDrawingJson(TypedDict):
    """A drawing that one model predicts correctly and the other does not."""

    label: int
    champion: int
    challenger: int
    confidence: float
    key: NotRequired[str]  # of a user's drawing: nothing of it remains when it is erased
    index: NotRequired[int]  # of a drawing of a data set
    raster: NotRequired[str]  # zlib, base64


class ChangedDrawingsJson(TypedDict):
    """Drawings that the challenger won and lost."""

    won: list[ChangedDrawingJson]
    lost: list[ChangedDrawingJson]


class SetReportJson(TypedDict):
    """One evaluation set; results are None if it is empty."""

    name: str
    title: str
    n: int
    is_synthetic: bool
    is_from_users: bool
    shortage: str
    regressions: list[str]
    is_better: bool
    test: PairedTestJson
    difference: float
    interval: list[float] | None
    bound: float
    by_digit: list[DigitResultJson]
    champion: ModelResultJson | None
    challenger: ModelResultJson | None
    changed: ChangedDrawingsJson


class ProportionJson(TypedDict):
    """A proportion and its 95 % interval."""

    n: int
    accuracy: float
    interval: list[float]


class PublishedSetJson(TypedDict):
    """Both models on a published test set."""

    name: str
    title: str
    n: int
    champion: ProportionJson
    challenger: ProportionJson


class LatencyJson(TypedDict):
    """Milliseconds for one drawing alone and for one drawing of a batch."""

    single_ms: float
    batched_ms: float


class LatencyComparisonJson(TypedDict):
    """Latency of both models."""

    champion: LatencyJson
    challenger: LatencyJson


class EvaluationReportJson(TypedDict):
    """The report of an evaluation."""

    version: Literal[1]
    sets: list[SetReportJson]
    published: list[PublishedSetJson]
    latency: LatencyComparisonJson

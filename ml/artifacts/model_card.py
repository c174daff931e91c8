"""Model cards: their schema, and reading and writing them. Does not import torch.

A release is a folder of weights.safetensors, model.onnx, card.json and log.jsonl, and browser.bin
if browsers can run the model. The SHA-256 of weights.safetensors names the version. The model card
also holds the SHA-256 of model.onnx and of browser.bin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from ml.architectures.layer_json import Layer
from ml.artifacts.atomic_write import sha256_of, write_atomic

WEIGHTS_FILE, ONNX_FILE, BROWSER_FILE, CARD_FILE, LOG_FILE = (
    "weights.safetensors",
    "model.onnx",
    "browser.bin",
    "card.json",
    "log.jsonl",
)
CARD_VERSION: Literal[1] = 1
"""Raise it when a key changes its name or meaning.

recognizer/registry/parsers/model_card_parser.py parses it.
"""


class DecisionRule(TypedDict):
    """Thresholds that turn probabilities into a decision, and how they were chosen."""

    rule: str
    score: str
    confidence: str
    rejection_threshold: float | None  # None: ten classes, no rejection
    confidence_threshold: float
    chosen_on: str
    nondigit_share: NotRequired[float]  # of the drawings, that the threshold is chosen for
    max_digits_rejected: NotRequired[float]
    target_unsure_fraction: float


class TrainingSummary(TypedDict):
    """Configuration, duration and curves of the training run."""

    config: dict[str, Any]
    seeds: list[int]
    epochs: int
    curves: dict[str, list[float]]  # epoch, loss, and the accuracy on each validation set
    wall_s: float
    machine: str
    base_sha256: NotRequired[str | None]
    interpolation_alpha: NotRequired[float]


class TrainingData(TypedDict):
    """Drawings of users and rehearsal data of a retrained model."""

    snapshot_sha256: str
    rehearsal: str
    rehearsal_images_per_epoch: int
    drawings: int
    users: int
    holdout_drawings: int
    holdout_users: int
    drawings_per_epoch: int
    capped_users: int
    capped_drawings: int
    unused_drawings: int


class RobustnessCurve(TypedDict):
    """Accuracy at each value of one perturbation."""

    unit: str
    set: str
    n: int
    x: list[float]
    accuracy: list[float]


class Misclassification(TypedDict):
    """A misclassified drawing of a public validation set; `png` is base64."""

    set: str
    index: int
    label: int
    prediction: str
    confidence: float
    png: str


class Throughput(TypedDict):
    """Images (model only) and drawings (with rendering) per second on one core."""

    images_per_s: int
    drawings_per_s: int
    batch_size: int
    backend: str
    machine: str
    measured_at: str


class SizeSections(TypedDict):
    """Sections about the size of the model."""

    parameters: int
    buffers: int
    multiply_adds: int
    layers: list[Layer]


class CalibrationSections(TypedDict):
    """Sections chosen on the validation sets."""

    temperature: float
    decision: DecisionRule


class MeasuredSections(TypedDict):
    """Sections measured with the released files."""

    robustness: dict[str, RobustnessCurve]
    misclassifications: list[Misclassification]
    throughput: Throughput


class MeasuredCard(MeasuredSections):
    """Sections measured with the released files, and the metrics."""

    metrics: dict[str, dict[str, Any]]


class DataSections(TypedDict):
    """Files that a shipped model was trained and measured on, and their splits."""

    data_files: dict[str, str]  # SHA-256 of each file
    splits: dict[str, Any]


class ModelCard(SizeSections, CalibrationSections):
    """JSON description of a model."""

    version: Literal[1]
    name: str
    architecture: str
    architecture_params: dict[str, Any]
    note: str
    created_at: str
    sha256: str
    onnx_sha256: str
    browser_sha256: NotRequired[str | None]  # None: browsers cannot run the model
    input: dict[str, Any]
    classes: list[str]
    training: TrainingSummary
    data: NotRequired[TrainingData]  # retrained models
    data_files: NotRequired[dict[str, str]]  # shipped models: SHA-256 of each file
    splits: NotRequired[dict[str, Any]]
    metrics: dict[str, dict[str, Any]]  # validation and test: metrics of each set
    code_version: str
    runtime: dict[str, str]
    robustness: NotRequired[dict[str, RobustnessCurve]]
    misclassifications: NotRequired[list[Misclassification]]
    throughput: NotRequired[Throughput]


_NUMBER_LIST = re.compile(
    r"\[[\d\s.,e+-]*\]"
)  # never part of a string: strings in a model card hold no line breaks


class CannotLoadRelease(Exception):
    """Files of a release are missing, damaged or of an unknown version. The message names them."""


def load_model_card(folder: Path) -> ModelCard:
    """Return the model card of a release after checking the SHA-256 of both model files.

    Raises CannotLoadRelease.
    """
    try:
        card = cast("ModelCard", json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
        if card["version"] != CARD_VERSION:
            raise CannotLoadRelease(f"{folder / CARD_FILE} has version {card['version']!r}.")
        expected = {WEIGHTS_FILE: card["sha256"], ONNX_FILE: card["onnx_sha256"]}
        for name, sha256 in expected.items():
            if (found := sha256_of(folder / name)) != sha256:
                raise CannotLoadRelease(
                    f"{folder / name} has the sha256 {found}, its model card names {sha256}."
                )
    except OSError as error:
        raise CannotLoadRelease(f"{error.filename} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CannotLoadRelease(f"{folder / CARD_FILE} is not a model card: {error!r}.") from error
    if card["input"]["channels"] != ["ink"] or card["input"]["size"] != [28, 28]:
        raise CannotLoadRelease(
            f"{folder / CARD_FILE} names an unsupported input: {card['input']}."
        )
    return card


def save_model_card(folder: Path, card: ModelCard) -> ModelCard:
    """Replace the model card of a release atomically; return it as parsed from the written JSON."""
    text = format_model_card(card)
    write_atomic(folder / CARD_FILE, text.encode("utf-8"))
    return cast("ModelCard", json.loads(text))


def format_model_card(card: Mapping[str, Any]) -> str:
    """Return the model card as readable JSON: lists of numbers are on one line."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    return _NUMBER_LIST.sub(lambda found: " ".join(found[0].split()), text) + "\n"

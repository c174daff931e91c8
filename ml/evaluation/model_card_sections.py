"""Measured sections of a model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from ml.architectures.layer_summary import count_buffers, summarize_layers
from ml.artifacts.model_card import MeasuredSections, SizeSections
from ml.evaluation.evaluation_sets import find_report_set, load_report_digit_sets
from ml.evaluation.misclassifications import LabelledSets, find_misclassifications
from ml.evaluation.robustness import measure_robustness
from ml.evaluation.throughput import measure_throughput
from ml.inference.predictor import Predictor


def describe_parameters(model: nn.Module) -> SizeSections:
    """Return the numbers of parameters, buffers and multiply-adds per image, and all layers."""
    layers = summarize_layers(model)
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "buffers": count_buffers(model),
        "multiply_adds": sum(layer["multiply_adds"] for layer in layers),
        "layers": layers,
    }


def build_training_curves(log: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the loss and the accuracy on each validation set after each epoch."""
    curves = {"epoch": [line["epoch"] for line in log], "loss": [line["loss"] for line in log]}
    for name in log[-1]["validation"] if log else ():
        curves[name] = [line["validation"][name] for line in log]
    return {name: [round(value, 5) for value in values] for name, values in curves.items()}


def build_validation_report(predictor: Predictor) -> MeasuredSections:
    """Measure a shipped model on the validation sets (10 s on one core)."""
    return {
        "robustness": measure_robustness(predictor),
        "misclassifications": find_misclassifications(predictor),
        "throughput": measure_throughput(predictor),
    }


def build_model_report(predictor: Predictor, sets: LabelledSets | None = None) -> MeasuredSections:
    """Measure a retrained model on the data sets that are available on this machine.

    Misclassifications are searched in `sets`, or in the available digit sets.
    """
    drawings = find_report_set()
    return {
        "robustness": measure_robustness(predictor, drawings),
        "misclassifications": find_misclassifications(predictor, sets or load_report_digit_sets()),
        "throughput": measure_throughput(predictor, drawings),
    }

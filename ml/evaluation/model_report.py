"""What the page of a model shows beside its figures, for every card alike: layers and sizes, curves
of the training, robustness, mistakes and speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from ml.architectures.layer_summary import count_buffers, summarize_layers
from ml.evaluation.misclassifications import LabelledSets, find_misclassifications
from ml.evaluation.report_sets import find_report_set, load_report_digit_sets
from ml.evaluation.robustness import measure_robustness
from ml.evaluation.throughput import measure_throughput
from ml.inference.predictor import Predictor


def describe_parameters(network: nn.Module) -> dict[str, Any]:
    """Return trained and not trained parameters, multiply-adds for a picture, and each layer's."""
    layers = summarize_layers(network)
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "not_trained": count_buffers(network),
        "multiply_adds": sum(layer["multiply_adds"] for layer in layers),
        "layers": layers,
    }


def build_training_curves(log: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the loss and the accuracy on each validation set after each epoch."""
    curves = {"epoch": [line["epoch"] for line in log], "loss": [line["loss"] for line in log]}
    for name in log[-1]["validation"] if log else ():
        curves[name] = [line["validation"][name] for line in log]
    return {name: [round(value, 5) for value in values] for name, values in curves.items()}


def build_validation_report(predictor: Predictor) -> dict[str, Any]:
    """Return robustness, mistakes and speed, all on validation; 10 s of one core."""
    return {
        "robustness": measure_robustness(predictor),
        "mistakes": find_misclassifications(predictor),
        "speed": measure_throughput(predictor),
    }


def build_model_report(predictor: Predictor, sets: LabelledSets | None = None) -> dict[str, Any]:
    """Return the same of a network retrained here, on what can be had: its mistakes on these sets
    of digits, where any are given."""
    drawings = find_report_set()
    return {
        "robustness": measure_robustness(predictor, drawings),
        "mistakes": find_misclassifications(predictor, sets or load_report_digit_sets()),
        "speed": measure_throughput(predictor, drawings),
    }

"""What the page of a model shows beside its figures, for every card alike: layers and sizes, curves
of the training, robustness, mistakes and speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from ml.bearing import find_bearing, load_digit_sets
from ml.layers import count_running, describe_layers
from ml.mistakes import Sets, find_mistakes
from ml.predictor import Predictor
from ml.robustness import measure_robustness
from ml.speed import measure_speed


def describe_size(network: nn.Module) -> dict[str, Any]:
    """Return trained and not trained parameters, multiply-adds for a picture, and each layer's."""
    layers = describe_layers(network)
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "not_trained": count_running(network),
        "multiply_adds": sum(layer["multiply_adds"] for layer in layers),
        "layers": layers,
    }


def describe_curves(log: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the loss and the accuracy on each validation set after each epoch."""
    curves = {"epoch": [line["epoch"] for line in log], "loss": [line["loss"] for line in log]}
    for name in log[-1]["validation"] if log else ():
        curves[name] = [line["validation"][name] for line in log]
    return {name: [round(value, 5) for value in values] for name, values in curves.items()}


def describe_behaviour(predictor: Predictor) -> dict[str, Any]:
    """Return robustness, mistakes and speed, all on validation; 10 s of one core."""
    return {
        "robustness": measure_robustness(predictor),
        "mistakes": find_mistakes(predictor),
        "speed": measure_speed(predictor),
    }


def describe_behaviour_here(predictor: Predictor, sets: Sets | None = None) -> dict[str, Any]:
    """Return the same of a network retrained here, on what can be had: its mistakes on these sets
    of digits, where any are given."""
    drawings = find_bearing()
    return {
        "robustness": measure_robustness(predictor, drawings),
        "mistakes": find_mistakes(predictor, sets or load_digit_sets()),
        "speed": measure_speed(predictor, drawings),
    }

"""Layers of a model as a table of steps and as a diagram to scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.registry.parsers.model_card_parser import Layer

MAIN_LAYER_KINDS = ("convolution", "dense", "max pooling")
"""Kinds that begin a step. The layers that follow belong to the step."""
HEIGHT, GAP, TOP, CHAR_WIDTH = 96.0, 14.0, 8.0, 6.4


@dataclass(frozen=True)
class LayerStep:
    """A main layer with the layers after it; `share` is its part of all parameters, 0 to 100."""

    kind: str
    then: str
    shape: str
    parameters: int
    share: float


@dataclass(frozen=True)
class LayerBlock:
    """Feature maps as a box: as high as the maps, wider for more maps."""

    x: float
    y: float
    width: float
    height: float
    shape: str
    middle: float
    kind: str


@dataclass(frozen=True)
class LayerDiagram:
    """Boxes from the input to the output."""

    blocks: list[LayerBlock]
    width: float


def list_steps(layers: Sequence[Layer]) -> list[LayerStep]:
    total = sum(layer.parameters for layer in layers) or 1
    steps = []
    for step in _group_layers(layers):
        parameters = sum(layer.parameters for layer in step)
        steps.append(
            LayerStep(
                kind=format_kind(step[0].kind),
                then=", ".join(layer.kind for layer in step[1:]),
                shape=format_shape(step[-1].output),
                parameters=parameters,
                share=round(100 * parameters / total, 1),
            )
        )
    return steps


def build_layer_diagram(layers: Sequence[Layer]) -> LayerDiagram:
    shapes = [("drawing", [1, 28, 28])]
    shapes += [(_abbreviate_kind(step[0].kind), step[-1].output) for step in _group_layers(layers)]
    blocks: list[LayerBlock] = []
    left = 0.0
    for kind, shape in shapes:
        blocks.append(_build_block(kind, shape, left=left))
        left += _block_width(kind, shape) + GAP
    return LayerDiagram(blocks, round(left - GAP, 1))


def format_kind(kind: str) -> str:
    return kind.replace("3x3", "3×3").replace("5x5", "5×5").replace("2x2", "2×2")


def format_shape(shape: Sequence[int]) -> str:
    """Return `16 × 28×28` for 16 maps of 28×28, or the number of units."""
    if len(shape) == 3:
        return f"{shape[0]} × {shape[1]}×{shape[2]}"
    return "×".join(map(str, shape))


def _group_layers(layers: Sequence[Layer]) -> list[list[Layer]]:
    steps: list[list[Layer]] = []
    for layer in layers:
        if not steps or layer.kind.startswith(MAIN_LAYER_KINDS):
            steps.append([])
        steps[-1].append(layer)
    return steps


def _abbreviate_kind(kind: str) -> str:
    return "pooling" if kind.startswith("max") else kind.partition(" ")[0]


def _build_block(kind: str, shape: Sequence[int], *, left: float) -> LayerBlock:
    width, height = _block_size(shape)
    middle = left + _block_width(kind, shape) / 2
    return LayerBlock(
        x=round(middle - width / 2, 1),
        y=round(TOP + (HEIGHT - height) / 2, 1),
        width=round(width, 1),
        height=round(height, 1),
        shape=format_shape(shape),
        middle=round(middle, 1),
        kind=kind,
    )


def _block_width(kind: str, shape: Sequence[int]) -> float:
    """Return the width of a box with its two captions."""
    return max(_block_size(shape)[0], CHAR_WIDTH * max(len(format_shape(shape)), len(kind)))


def _block_size(shape: Sequence[int]) -> tuple[float, float]:
    """Return width and height; the height of a dense layer grows with its number of units."""
    if len(shape) == 3:
        return 6 + 3 * math.log2(1 + shape[0]), max(HEIGHT * shape[1] / 28, 5)
    return 8, min(16 + 8 * math.log2(1 + shape[0]), HEIGHT)

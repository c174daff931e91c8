"""The layers of a network as its page shows them: the steps a picture takes, each with what belongs
to it, and a strip that draws them to scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Layer = Mapping[str, Any]

MAIN_LAYER_KINDS = ("convolution", "dense", "max pooling")
"""Kinds that begin a step; what follows them belongs to it."""
HEIGHT, GAP, TOP, CHAR_WIDTH = 96.0, 14.0, 8.0, 6.4


@dataclass(frozen=True)
class LayerStep:
    """A layer with those that follow it; `share` is its part of all weights, 0 to 100."""

    kind: str
    then: str
    shape: str
    parameters: int
    share: float


@dataclass(frozen=True)
class LayerBlock:
    """A picture on its way, as a box of the strip: as high as the picture, the wider the more maps
    there are."""

    x: float
    y: float
    width: float
    height: float
    shape: str
    middle: float
    kind: str


@dataclass(frozen=True)
class LayerDiagram:
    blocks: list[LayerBlock]
    width: float


def parse_steps(layers: Sequence[Layer]) -> list[LayerStep]:
    whole = sum(int(layer["parameters"]) for layer in layers) or 1
    return [
        LayerStep(
            kind=format_kind(step[0]["kind"]),
            then=", ".join(str(layer["kind"]) for layer in step[1:]),
            shape=format_shape(step[-1]["output"]),
            parameters=(count := sum(int(layer["parameters"]) for layer in step)),
            share=round(100 * count / whole, 1),
        )
        for step in _group_layers(layers)
    ]


def render_layer_diagram(layers: Sequence[Layer]) -> LayerDiagram:
    """From the drawing to the answer."""
    shapes = [("drawing", [1, 28, 28])]
    shapes += [
        (_abbreviate_kind(step[0]["kind"]), list(step[-1]["output"]))
        for step in _group_layers(layers)
    ]
    blocks: list[LayerBlock] = []
    left = 0.0
    for kind, shape in shapes:
        blocks.append(_draw_block(kind, shape, left=left))
        left += _block_width(kind, shape) + GAP
    return LayerDiagram(blocks, round(left - GAP, 1))


def format_kind(kind: str) -> str:
    return str(kind).replace("3x3", "3×3").replace("5x5", "5×5").replace("2x2", "2×2")


def format_shape(shape: Sequence[int]) -> str:
    """`16 × 28×28`: 16 maps of 28 by 28; or the number of units."""
    numbers = [int(number) for number in shape]
    if len(numbers) == 3:
        return f"{numbers[0]} × {numbers[1]}×{numbers[2]}"
    return "×".join(map(str, numbers))


def _group_layers(layers: Sequence[Layer]) -> list[list[Layer]]:
    steps: list[list[Layer]] = []
    for layer in layers:
        if not steps or str(layer["kind"]).startswith(MAIN_LAYER_KINDS):
            steps.append([])
        steps[-1].append(layer)
    return steps


def _abbreviate_kind(kind: str) -> str:
    return "pooling" if kind.startswith("max") else str(kind).split()[0]


def _draw_block(kind: str, shape: Sequence[int], *, left: float) -> LayerBlock:
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
    """How much of the strip a box takes with the words below it."""
    return max(_block_size(shape)[0], CHAR_WIDTH * max(len(format_shape(shape)), len(kind)))


def _block_size(shape: Sequence[int]) -> tuple[float, float]:
    """Width and height of a box; units stand in a column, the more the higher."""
    if len(shape) == 3:
        return 6 + 3 * math.log2(1 + shape[0]), max(HEIGHT * shape[1] / 28, 5)
    return 8, min(16 + 8 * math.log2(1 + shape[0]), HEIGHT)

"""The layers of a network as its page shows them: the steps a picture takes, each with what belongs
to it, and a strip that draws them to scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Layer = Mapping[str, Any]

LEADS = ("convolution", "dense", "max pooling")
"""Kinds that begin a step; what follows them belongs to it."""
HEIGHT, GAP, TOP, LETTER = 96.0, 14.0, 8.0, 6.4


@dataclass(frozen=True)
class Step:
    """A layer with those that follow it; `share` is its part of all weights, 0 to 100."""

    kind: str
    then: str
    shape: str
    parameters: int
    share: float


@dataclass(frozen=True)
class Block:
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
class Strip:
    blocks: list[Block]
    width: float


def read_steps(layers: Sequence[Layer]) -> list[Step]:
    whole = sum(int(layer["parameters"]) for layer in layers) or 1
    return [
        Step(
            kind=say_kind(step[0]["kind"]),
            then=", ".join(str(layer["kind"]) for layer in step[1:]),
            shape=say_shape(step[-1]["output"]),
            parameters=(count := sum(int(layer["parameters"]) for layer in step)),
            share=round(100 * count / whole, 1),
        )
        for step in _group(layers)
    ]


def draw_strip(layers: Sequence[Layer]) -> Strip:
    """From the drawing to the answer."""
    shapes = [("drawing", [1, 28, 28])]
    shapes += [(_brief(step[0]["kind"]), list(step[-1]["output"])) for step in _group(layers)]
    blocks: list[Block] = []
    left = 0.0
    for kind, shape in shapes:
        blocks.append(_draw_block(kind, shape, left=left))
        left += _room(kind, shape) + GAP
    return Strip(blocks, round(left - GAP, 1))


def say_kind(kind: str) -> str:
    return str(kind).replace("3x3", "3×3").replace("5x5", "5×5").replace("2x2", "2×2")


def say_shape(shape: Sequence[int]) -> str:
    """`16 × 28×28`: 16 maps of 28 by 28; or the number of units."""
    numbers = [int(number) for number in shape]
    if len(numbers) == 3:
        return f"{numbers[0]} × {numbers[1]}×{numbers[2]}"
    return "×".join(map(str, numbers))


def _group(layers: Sequence[Layer]) -> list[list[Layer]]:
    steps: list[list[Layer]] = []
    for layer in layers:
        if not steps or str(layer["kind"]).startswith(LEADS):
            steps.append([])
        steps[-1].append(layer)
    return steps


def _brief(kind: str) -> str:
    return "pooling" if kind.startswith("max") else str(kind).split()[0]


def _draw_block(kind: str, shape: Sequence[int], *, left: float) -> Block:
    width, height = _size(shape)
    middle = left + _room(kind, shape) / 2
    return Block(
        x=round(middle - width / 2, 1),
        y=round(TOP + (HEIGHT - height) / 2, 1),
        width=round(width, 1),
        height=round(height, 1),
        shape=say_shape(shape),
        middle=round(middle, 1),
        kind=kind,
    )


def _room(kind: str, shape: Sequence[int]) -> float:
    """How much of the strip a box takes with the words below it."""
    return max(_size(shape)[0], LETTER * max(len(say_shape(shape)), len(kind)))


def _size(shape: Sequence[int]) -> tuple[float, float]:
    """Width and height of a box; units stand in a column, the more the higher."""
    if len(shape) == 3:
        return 6 + 3 * math.log2(1 + shape[0]), max(HEIGHT * shape[1] / 28, 5)
    return 8, min(16 + 8 * math.log2(1 + shape[0]), HEIGHT)

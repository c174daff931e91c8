"""JSON of one layer in a model card. Does not import torch."""

from __future__ import annotations

from typing import TypedDict


class Layer(TypedDict):
    """One use of a layer, with its output shape for one image."""

    name: str
    kind: str
    output: list[int]
    parameters: int
    buffers: int  # running means and variances
    multiply_adds: int

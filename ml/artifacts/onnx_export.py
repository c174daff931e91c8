"""Export of models to ONNX, checked against the torch model."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ml.artifacts.onnx_session import create_onnx_session

MAX_PARITY_DIFFERENCE = 1e-3
"""The largest allowed difference of a probability between torch and ONNX Runtime in float32."""


class CannotExport(Exception):
    """The exported model's probabilities differ from the torch model's."""


def export_onnx(model: nn.Module, path: Path) -> None:
    """Export a model: `pictures` (n, 1, 28, 28) float32 in [0, 1] to `logits` and `features`.

    Raises CannotExport if the probabilities differ on random images.
    """
    example = torch.rand(2, 1, 28, 28)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own deprecated parts
        program = torch.onnx.export(
            model.eval(),
            (example,),
            input_names=["pictures"],
            output_names=["logits", "features"],
            dynamic_shapes=({0: torch.export.Dim("n", min=1, max=4096)},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # noqa: S101 - for mypy: only the old exporter returns None
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # stack traces with paths of this machine
    program.save(path, external_data=False)
    difference = measure_parity(model, path)
    if difference > MAX_PARITY_DIFFERENCE:
        raise CannotExport(f"The exported model's probabilities differ by up to {difference:.2g}.")


def measure_parity(model: nn.Module, path: Path, images: Tensor | None = None) -> float:
    """Return the largest difference of a probability between torch and ONNX Runtime on images (n,
    1, 28, 28), by default 64 random ones."""
    if images is None:
        images = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(images)[0].softmax(1).numpy()
    logits = create_onnx_session(path).run(["logits"], {"pictures": images.numpy()})[0]
    found = torch.from_numpy(logits).softmax(1).numpy()
    return float(np.abs(expected - found).max())

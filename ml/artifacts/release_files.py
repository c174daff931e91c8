"""Released networks on disk: safetensors, ONNX, a JSON card and the training log; never a pickle.

A release appears whole or not at all: everything is written and flushed beside it, then moved into
place.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from ml.architectures import build_architecture
from ml.artifacts.model_card import (
    CARD_FILE,
    LOG_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
    CannotLoadRelease,
    ModelCard,
    compute_sha256,
    format_model_card,
    load_model_card,
)
from ml.config import ArchitectureParams

MAX_PARITY_DIFFERENCE = 1e-3
"""The largest difference between a probability of torch and one of ONNX Runtime, both in
float32."""


class CannotExport(Exception):
    """The exported network does not answer as the original does."""


def save_release(
    folder: Path,
    weights: Mapping[str, Tensor],
    card: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
) -> ModelCard:
    """Write a release into `folder`, replacing one that is there; return the card with its hashes
    filled in.

    Raises CannotExport when ONNX Runtime does not answer as torch does.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        network = build_model(card["architecture"], weights, card.get("shape"))
        (unfinished / WEIGHTS_FILE).write_bytes(
            save_tensors({k: v.contiguous() for k, v in weights.items()})
        )
        export_onnx(network, unfinished / ONNX_FILE)
        hashes = {
            "sha256": compute_sha256(unfinished / WEIGHTS_FILE),
            "onnx_sha256": compute_sha256(unfinished / ONNX_FILE),
        }
        text = format_model_card({**card, **hashes})
        (unfinished / CARD_FILE).write_text(text, encoding="utf-8")
        (unfinished / LOG_FILE).write_text(
            "".join(json.dumps(line) + "\n" for line in log), encoding="utf-8"
        )
        unfinished.chmod(0o755)
        move_release_into_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return cast("ModelCard", json.loads(text))


def load_model(folder: Path) -> nn.Module:
    """Return the network of a release in evaluation mode, its sha256 checked. Raises
    CannotLoadRelease."""
    card = load_model_card(folder)
    try:
        weights = load_tensors((folder / WEIGHTS_FILE).read_bytes())
        return build_model(card["architecture"], weights, card.get("shape"))
    except (ImportError, RuntimeError, SafetensorError) as error:
        raise CannotLoadRelease(f"{folder} does not fit its architecture: {error}") from error


def reexport_onnx(folder: Path) -> ModelCard:
    """Write the ONNX file of a release anew, with its hash in the card; return the card.

    Raises CannotLoadRelease and CannotExport.
    """
    card = load_model_card(folder)
    weights = load_tensors((folder / WEIGHTS_FILE).read_bytes())
    log = [
        json.loads(line) for line in (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()
    ]
    return save_release(folder, weights, card, log)


def build_model(
    architecture: str, weights: Mapping[str, Tensor], shape: ArchitectureParams | None = None
) -> nn.Module:
    """Return a network of the named architecture and shape with these weights, in evaluation
    mode."""
    network = build_architecture(architecture, shape)
    network.load_state_dict(dict(weights))
    return network.eval()


def export_onnx(network: nn.Module, path: Path) -> None:
    """Export a network as ONNX: `pictures` (n, 1, 28, 28) float32 in [0, 1] to `logits` and
    `features`.

    Raises CannotExport when the two disagree by more than PARITY on random pictures.
    """
    example = torch.rand(2, 1, 28, 28)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
        program = torch.onnx.export(
            network.eval(),
            (example,),
            input_names=["pictures"],
            output_names=["logits", "features"],
            dynamic_shapes=({0: torch.export.Dim("n", min=1, max=4096)},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # noqa: S101 - for mypy: only the old exporter returns None
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # stack traces, with the paths of the machine that exported
    program.save(path, external_data=False)
    difference = measure_parity(network, path)
    if difference > MAX_PARITY_DIFFERENCE:
        raise CannotExport(
            f"The exported network's probabilities differ by up to {difference:.2g}."
        )


def measure_parity(network: nn.Module, path: Path, pictures: Tensor | None = None) -> float:
    """Return the largest difference of a probability between torch and ONNX Runtime on pictures (n,
    1, 28, 28)."""
    import onnxruntime

    if pictures is None:
        pictures = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = network(pictures)[0].softmax(1).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"pictures": pictures.numpy()})[0]
    found = torch.from_numpy(logits).softmax(1).numpy()
    return float(np.abs(expected - found).max())


def move_release_into_place(unfinished: Path, folder: Path) -> None:
    """Move a whole release to its name on the same disk. One that is there steps aside first: a
    folder cannot be replaced."""
    _fsync_dir(unfinished)
    aside = unfinished.with_name(unfinished.name + ".old")
    if folder.exists():
        folder.rename(aside)
    unfinished.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
    _fsync(folder.parent)


def _fsync_dir(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        _fsync(path)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

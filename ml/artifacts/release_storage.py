"""Releases on disk: safetensors, ONNX, browser bundle, model card in JSON, training log; no
pickle."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from ml.architectures import build_architecture
from ml.artifacts.atomic_write import replace_dir, sha256_of
from ml.artifacts.browser_bundle import write_browser_bundle
from ml.artifacts.model_card import (
    BROWSER_FILE,
    CARD_FILE,
    LOG_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
    CannotLoadRelease,
    ModelCard,
    format_model_card,
    load_model_card,
)
from ml.artifacts.onnx_export import export_onnx
from ml.training_config import ArchitectureParams


def save_release(
    folder: Path,
    weights: Mapping[str, Tensor],
    card: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
) -> ModelCard:
    """Write a release, replacing an existing one as a whole; return its model card with the hashes.

    Raises CannotExport if ONNX Runtime's predictions differ from torch's.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        model = build_model(card["architecture"], weights, card["architecture_params"])
        tensors = {name: value.contiguous() for name, value in weights.items()}
        (temporary / WEIGHTS_FILE).write_bytes(save_tensors(tensors))
        export_onnx(model, temporary / ONNX_FILE)
        has_bundle = write_browser_bundle(model, card, temporary / BROWSER_FILE)
        hashes = {
            "sha256": sha256_of(temporary / WEIGHTS_FILE),
            "onnx_sha256": sha256_of(temporary / ONNX_FILE),
            "browser_sha256": sha256_of(temporary / BROWSER_FILE) if has_bundle else None,
        }
        text = format_model_card({**card, **hashes})
        (temporary / CARD_FILE).write_text(text, encoding="utf-8")
        lines = "".join(json.dumps(line) + "\n" for line in log)
        (temporary / LOG_FILE).write_text(lines, encoding="utf-8")
        temporary.chmod(0o755)
        replace_dir(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return cast("ModelCard", json.loads(text))


def load_model(folder: Path) -> nn.Module:
    """Return the model of a release in evaluation mode, its sha256 checked. Raises
    CannotLoadRelease."""
    card = load_model_card(folder)
    try:
        weights = load_tensors((folder / WEIGHTS_FILE).read_bytes())
        return build_model(card["architecture"], weights, card["architecture_params"])
    except (ImportError, RuntimeError, SafetensorError) as error:
        raise CannotLoadRelease(f"{folder} does not fit its architecture: {error}") from error


def load_epoch_log(folder: Path) -> list[dict[str, Any]]:
    """Return the training log of a release, one entry per epoch."""
    lines = (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def reexport_onnx(folder: Path) -> ModelCard:
    """Export the ONNX file of a release again; return its model card.

    Raises CannotLoadRelease and CannotExport.
    """
    card = load_model_card(folder)
    weights = load_tensors((folder / WEIGHTS_FILE).read_bytes())
    return save_release(folder, weights, card, load_epoch_log(folder))


def build_model(
    architecture: str, weights: Mapping[str, Tensor], params: ArchitectureParams | None = None
) -> nn.Module:
    """Return a model with these weights, in evaluation mode."""
    model = build_architecture(architecture, params)
    model.load_state_dict(dict(weights))
    return model.eval()

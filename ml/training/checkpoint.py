"""Checkpoints: the state of a run after an epoch, in one file that is replaced atomically.

The file is a sha256 of 32 bytes, followed by the output of `torch.save` that it verifies.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import torch

from ml.artifacts.atomic_write import write_atomic

_DIGEST_SIZE = hashlib.sha256().digest_size


class CannotResume(Exception):
    """The checkpoint is damaged or of another run. `code` is checkpoint_corrupt or
    checkpoint_mismatch."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def compute_run_id(config: Any, *inputs: str) -> str:
    """Return the sha256 that identifies a run by its config, a dataclass, and its other inputs.

    Fields at their default are left out: a field added later does not orphan earlier checkpoints.
    """
    identity = json.dumps([_list_changed_fields(config), *inputs], sort_keys=True)
    return hashlib.sha256(identity.encode()).hexdigest()


def save_checkpoint(path: Path, run_id: str, state: dict[str, Any]) -> None:
    """Save tensors and plain values, replacing an earlier checkpoint. Raises OSError."""
    buffer = io.BytesIO()
    torch.save({"run_id": run_id, **state}, buffer)
    content = buffer.getvalue()
    write_atomic(path, hashlib.sha256(content).digest() + content)


def load_checkpoint(path: Path, run_id: str) -> dict[str, Any] | None:
    """Return the state saved for the same run, tensors on the CPU. Returns None if there is none.

    Raises CannotResume.
    """
    if not path.exists():
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotResume("checkpoint_corrupt", f"{path} cannot be read: {error}") from error
    digest, content = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if hashlib.sha256(content).digest() != digest:
        raise CannotResume("checkpoint_corrupt", f"{path} does not match its sha256.")
    state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if state["run_id"] != run_id:
        raise CannotResume("checkpoint_mismatch", f"{path} is of another run or configuration.")
    return state


def _list_changed_fields(config: Any) -> dict[str, Any]:
    changed = {f.name: getattr(config, f.name) for f in fields(config)}
    changed = {f.name: changed[f.name] for f in fields(config) if changed[f.name] != _default(f)}
    return {
        name: _list_changed_fields(value) if is_dataclass(value) else value
        for name, value in changed.items()
    }


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()

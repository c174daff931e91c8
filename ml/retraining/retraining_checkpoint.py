"""A run's checkpoint, its sha256 kept beside it: whole or not at all, and refused once altered.

`checkpoint.json` names the newest file and its sha256 and is replaced in one step; only then the
older file goes. A run killed at any moment finds one of the two.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import torch

from ml.retraining.retraining_config import CannotRetrain

CHECKPOINT_INDEX_FILE = "checkpoint.json"


def save_checkpoint(folder: Path, run: str, epoch: int, state: dict[str, Any]) -> None:
    """Keep the state after `epoch` epochs of the run named by its fingerprint. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    torch.save(state, buffer)
    name = f"checkpoint-{epoch}.pt"
    _write_atomic(folder / name, buffer.getvalue())
    sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
    entry = {"file": name, "sha256": sha256, "run": run, "epoch": epoch}
    _write_atomic(folder / CHECKPOINT_INDEX_FILE, json.dumps(entry).encode())
    for older in folder.glob("checkpoint-*.pt"):
        if older.name != name:
            older.unlink()


def load_checkpoint(folder: Path, run: str) -> dict[str, Any] | None:
    """Return what was kept, None where nothing was. Raises CannotRetrain when it was altered or is
    another run's."""
    if not (folder / CHECKPOINT_INDEX_FILE).exists():
        return None
    try:
        entry = json.loads((folder / CHECKPOINT_INDEX_FILE).read_text(encoding="utf-8"))
        content = (folder / Path(entry["file"]).name).read_bytes()
        is_same = hashlib.sha256(content).hexdigest() == entry["sha256"]
        saved_for = entry["run"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRetrain("checkpoint_corrupt", f"It cannot be read: {error}") from error
    if not is_same:
        raise CannotRetrain(
            "checkpoint_corrupt", f"{entry['file']} is not the file that this run saved."
        )
    if saved_for != run:
        raise CannotRetrain("checkpoint_mismatch", "The checkpoint is of another run.")
    state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    return state


def _write_atomic(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)

"""Nearest neighbours of a drawing among the training examples, by cosine of their features.

An index is built once per model, in bounded time, and stored in a folder.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.architectures import load_training_config
from ml.artifacts.atomic_write import replace_dir
from ml.data.datasets import (
    CLASS_NAMES,
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
)
from ml.data.epoch_dataset import load_training_data
from ml.data.render_ink_samples import render_inks
from ml.inference.embedder import EMBED_BATCH_SIZE, Embedder
from ml.preprocessing.array_types import FloatArray, Raster
from ml.training_config import DATASET_NAMES, DIGIT_DATASETS, DatasetName

BUILD_TIMEOUT_S = 60.0
"""After this time the index is built from the examples embedded so far, in random order."""

MAX_INDEXES = 2
"""The number of indexes to keep; one of inknet takes 60 MB."""

ABANDONED_BUILD_TIMEOUT_S = 3600.0
"""A temporary folder of this age was left by a process that died: writing takes seconds."""

_ARRAY_NAMES = ("features", "rasters", "labels", "sources")
_METADATA_FILE = "about.json"
_TEMP_PREFIX = "part-"
_ROWS_PER_CHUNK = 8_192  # limits the memory of the conversion to float32


@dataclass(frozen=True, slots=True)
class TrainingExamples:
    """Rasters (n, 28, 28) uint8 and labels (n,). `sources` (n,) holds indices into `names`, the
    data sets."""

    rasters: Raster
    labels: npt.NDArray[np.uint8]
    sources: npt.NDArray[np.uint8]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training example, the name of its data set, and the cosine of its features."""

    label: int
    source: str
    similarity: float
    raster: Raster


class NeighbourIndex:
    """An index on disk, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError, ValueError or KeyError if the folder contains no index."""
        metadata = json.loads((folder / _METADATA_FILE).read_text())
        self.names: tuple[str, ...] = tuple(metadata["names"])
        self._arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAY_NAMES
        }

    def __len__(self) -> int:
        return len(self._arrays["labels"])

    def find_nearest(self, features: npt.NDArray[np.float16], count: int) -> list[Neighbour]:
        """Return the `count` nearest examples to features (d,) of unit length, nearest first."""
        query = features.astype(np.float32)
        rows = self._arrays["features"]
        starts = range(0, len(rows), _ROWS_PER_CHUNK)
        similarity: FloatArray = np.concatenate(
            [rows[start : start + _ROWS_PER_CHUNK] @ query for start in starts]
        )
        return [
            Neighbour(
                label=int(self._arrays["labels"][row]),
                source=self.names[int(self._arrays["sources"][row])],
                similarity=float(similarity[row]),
                raster=np.array(self._arrays["rasters"][row]),
            )
            for row in np.argsort(-similarity, kind="stable")[:count].tolist()
        ]


def open_neighbour_index(folder: Path) -> NeighbourIndex | None:
    """Return the index. Returns None if it is missing or damaged."""
    try:
        return NeighbourIndex(folder)
    except (OSError, ValueError, KeyError):
        return None


def list_training_datasets(card: Mapping[str, Any]) -> tuple[DatasetName, ...]:
    """Return the data sets in a model's training data, from its model card, in the order of
    DATASET_NAMES; none for synthetic rehearsal data."""
    rehearsal = card.get("data", {}).get("rehearsal")
    if rehearsal is None:
        config = card.get("training", {}).get("config", {})
        names = config.get("base") or load_training_config(card["architecture"]).base
    elif rehearsal == "all":
        has_nondigits = CLASS_NAMES[NOT_A_DIGIT_CLASS] in card["classes"]
        names = DATASET_NAMES if has_nondigits else DIGIT_DATASETS
    else:
        names = (rehearsal,)
    return tuple(name for name in DATASET_NAMES if name in names)


def load_training_examples(names: Sequence[DatasetName]) -> TrainingExamples:
    """Return the training splits of the available data sets. Raises DatasetMissing if none is."""
    parts, missing = [], None
    for name in names:
        try:
            parts.append((name, *_load_dataset(name)))
        except DatasetMissing as error:
            missing = error
    if not parts:
        raise missing or DatasetMissing("The model was trained on no data set.")
    sizes = [len(labels) for _, _, labels in parts]
    return TrainingExamples(
        np.concatenate([rasters for _, rasters, _ in parts]),
        np.concatenate([labels for _, _, labels in parts]),
        np.repeat(np.arange(len(parts)), sizes).astype(np.uint8),
        tuple(name for name, _, _ in parts),
    )


def build_neighbour_index(
    embedder: Embedder,
    examples: TrainingExamples,
    folder: Path,
    *,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> NeighbourIndex:
    """Embed the examples in random order and write an index to `folder` as a whole. Deletes old
    indexes in the same parent folder."""
    deadline = time.monotonic() + BUILD_TIMEOUT_S
    order = np.random.default_rng(1).permutation(len(examples.labels))
    batches = []
    for start in range(0, len(order), EMBED_BATCH_SIZE):
        rows = order[start : start + EMBED_BATCH_SIZE]
        batches.append(embedder.embed(examples.rasters[rows]).features)
        on_progress(start / len(order))
        if time.monotonic() > deadline:
            break
    features = np.concatenate(batches)
    rows = order[: len(features)]
    arrays = (features, examples.rasters[rows], examples.labels[rows], examples.sources[rows])
    _write_index(folder, dict(zip(_ARRAY_NAMES, arrays, strict=True)), examples.names)
    _delete_old_indexes(folder.parent)
    return NeighbourIndex(folder)


def _write_index(
    folder: Path, arrays: dict[str, npt.NDArray[np.generic]], names: Sequence[str]
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMP_PREFIX, dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array)
        (temporary / _METADATA_FILE).write_text(json.dumps({"names": list(names)}))
        if open_neighbour_index(folder) is None:  # unless another process was faster
            with suppress(OSError):
                replace_dir(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _delete_old_indexes(folder: Path) -> None:
    """Delete all but the newest indexes and abandoned temporary folders. Other processes may write
    and delete here concurrently."""
    indexes: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        with suppress(OSError):
            written_at = path.stat().st_mtime
            if not path.name.startswith(_TEMP_PREFIX):
                indexes.append((written_at, path))
            elif time.time() - written_at > ABANDONED_BUILD_TIMEOUT_S:
                shutil.rmtree(path)
    for _, old in sorted(indexes, reverse=True)[MAX_INDEXES:]:
        shutil.rmtree(old, ignore_errors=True)


def _load_dataset(name: DatasetName) -> tuple[Raster, npt.NDArray[np.uint8]]:
    data = load_training_data((name,), repeat=False)
    images, labels = render_inks([*data.digits, *data.nondigits])
    return (
        np.concatenate([data.bitmaps.images, images]),
        np.concatenate([data.bitmaps.labels, labels]).astype(np.uint8),
    )

"""The nearest drawings among those a network learnt from, by what its last layer sees of them. An
index is made once for each network, in bounded time, and kept in a folder."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.architectures import load_training_config
from ml.artifacts.model_card import ModelCard
from ml.config import DATASET_NAMES, DatasetName
from ml.data.datasets import (
    CLASS_NAMES,
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
    InkSample,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.inference.embedder import EMBED_BATCH_SIZE, Embedder
from ml.preprocessing.rasterize import Raster, rasterize_many

BUILD_TIMEOUT_S = 60.0
"""After so long an index is made of what was looked at by then, in random order."""

MAX_INDEXES = 2
"""Indexes, the newest; one of inknet takes 60 MB."""

ABANDONED_BUILD_TIMEOUT_S = 3600.0
"""Nobody is at an unfinished index any more: writing one takes seconds."""

_ARRAY_NAMES = ("features", "rasters", "labels", "sources")
_METADATA_FILE = "about.json"
_TEMP_PREFIX = "part-"

ByteLabels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TrainingExamples:
    """Training drawings: rasters (n, 28, 28) uint8, labels (n,), and which of `names` each is
    from."""

    rasters: Raster
    labels: ByteLabels
    sources: ByteLabels
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training drawing, whose it is among the sets, and how like it is: a cosine, 1 the same."""

    label: int
    source: str
    similarity: float
    raster: Raster


class NeighbourIndex:
    """What was looked at, on disk; opening it reads nothing yet."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError, ValueError and KeyError for a folder that is no index."""
        about = json.loads((folder / _METADATA_FILE).read_text())
        self.names: tuple[str, ...] = tuple(about["names"])
        self._arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAY_NAMES
        }

    def __len__(self) -> int:
        return len(self._arrays["labels"])

    def find_nearest(self, features: npt.NDArray[np.float16], count: int) -> list[Neighbour]:
        """Return the `count` nearest to features (d,) of length 1, the nearest first."""
        wanted = features.astype(np.float32)
        rows = self._arrays["features"]
        parts = [rows[at : at + 8_192] @ wanted for at in range(0, len(rows), 8_192)]
        similarity = np.concatenate(parts)
        order = np.argsort(-similarity, kind="stable")[:count]
        return [self._neighbour(int(place), float(similarity[place])) for place in order]

    def _neighbour(self, place: int, similarity: float) -> Neighbour:
        return Neighbour(
            label=int(self._arrays["labels"][place]),
            source=self.names[int(self._arrays["sources"][place])],
            similarity=similarity,
            raster=np.array(self._arrays["rasters"][place]),
        )


def open_neighbour_index(folder: Path) -> NeighbourIndex | None:
    """None of one that is not made yet, or broken."""
    try:
        return NeighbourIndex(folder)
    except (OSError, ValueError, KeyError):
        return None


def list_training_datasets(card: ModelCard) -> tuple[DatasetName, ...]:
    """Return the data sets that a network learnt from, as its card says; none where it was shown
    what is synthesised in their place."""
    rehearsal = card.get("data", {}).get("rehearsal")
    if rehearsal is not None:
        return _list_rehearsal_datasets(
            rehearsal, has_nondigits=CLASS_NAMES[NOT_A_DIGIT_CLASS] in card["classes"]
        )
    named = card.get("training", {}).get("config", {}).get("base")
    if named is None:
        return load_training_config(card["architecture"]).base
    return tuple(name for name in DATASET_NAMES if name in named)


def load_training_examples(base: Sequence[DatasetName]) -> TrainingExamples:
    """Return what of the named data sets is here to train on. Raises DataMissing where nothing
    is."""
    parts, missing = [], None
    for name in base:
        try:
            parts.append((name, *_load_dataset(name)))
        except DatasetMissing as error:
            missing = error
    if not parts:
        raise missing or DatasetMissing("The network names no data set.")
    sizes = [len(labels) for _, _, labels in parts]
    return TrainingExamples(
        np.concatenate([rasters for _, rasters, _ in parts]),
        np.concatenate([labels for _, _, labels in parts]),
        np.repeat(np.arange(len(parts)), sizes).astype(np.uint8),
        tuple(name for name, _, _ in parts),
    )


def build_neighbour_index(
    embedder: Embedder,
    taught: TrainingExamples,
    folder: Path,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> NeighbourIndex:
    """Look at the drawings in random order, write what was found into `folder`, whole or not at
    all, and forget indexes beside it that are older than the newest few."""
    ends_at = time.monotonic() + BUILD_TIMEOUT_S
    order = np.random.default_rng(1).permutation(len(taught.labels))
    features = []
    for at in range(0, len(order), EMBED_BATCH_SIZE):
        features.append(embedder.embed(taught.rasters[order[at : at + EMBED_BATCH_SIZE]]).features)
        on_progress(at / len(order))
        if time.monotonic() > ends_at:
            break
    found = np.concatenate(features)
    chosen = order[: len(found)]
    arrays = (found, taught.rasters[chosen], taught.labels[chosen], taught.sources[chosen])
    _write_index(folder, dict(zip(_ARRAY_NAMES, arrays, strict=True)), taught.names)
    _delete_old_indexes(folder.parent)
    return NeighbourIndex(folder)


def _write_index(
    folder: Path, arrays: dict[str, npt.NDArray[np.generic]], names: Sequence[str]
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=_TEMP_PREFIX, dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(part / f"{name}.npy", array)
        (part / _METADATA_FILE).write_text(json.dumps({"names": list(names)}))
        if open_neighbour_index(folder) is None:  # another process may have been first
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _delete_old_indexes(folder: Path) -> None:
    """Another process may write and forget here at the same time; what one left unfinished that was
    killed goes too."""
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


def _list_rehearsal_datasets(rehearsal: str, *, has_nondigits: bool) -> tuple[DatasetName, ...]:
    if rehearsal == "synthetic":
        return ()
    if rehearsal == "mnist":
        return ("mnist",)
    return (
        DATASET_NAMES
        if has_nondigits
        else tuple(name for name in DATASET_NAMES if name != "letters")
    )


def _load_dataset(name: DatasetName) -> tuple[Raster, ByteLabels]:
    if name == "mnist":
        mnist = load_mnist("train")
        return mnist.images, mnist.labels.astype(np.uint8)
    inks: list[InkSample] = load_pen("train") if name == "pen" else load_nondigits("train")
    labels = [ink.label if name == "pen" else NOT_A_DIGIT_CLASS for ink in inks]
    return rasterize_many([ink.strokes for ink in inks]), np.array(labels, np.uint8)

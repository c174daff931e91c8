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

from ml.architectures import find_recipe
from ml.card import Card
from ml.datasets import (
    CLASSES,
    NOT_A_DIGIT_CLASS,
    DataMissing,
    Ink,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.embedding import AT_ONCE, Embedder
from ml.raster import Raster, rasterize_many
from ml.recipe import BASE, Base

BUILT_WITHIN_S = 60.0
"""After so long an index is made of what was looked at by then, in random order."""

KEPT = 2
"""Indexes, the newest; one of inknet takes 60 MB."""

LEFT_AFTER_S = 3600.0
"""Nobody is at an unfinished index any more: writing one takes seconds."""

_NAMES = ("features", "rasters", "labels", "sources")
_ABOUT = "about.json"
_PART = "part-"

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Taught:
    """Training drawings: rasters (n, 28, 28) uint8, labels (n,), and which of `names` each is
    from."""

    rasters: Raster
    labels: Labels
    sources: Labels
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training drawing, whose it is among the sets, and how like it is: a cosine, 1 the same."""

    label: int
    source: str
    likeness: float
    raster: Raster


class Index:
    """What was looked at, on disk; opening it reads nothing yet."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError, ValueError and KeyError for a folder that is no index."""
        about = json.loads((folder / _ABOUT).read_text())
        self.names: tuple[str, ...] = tuple(about["names"])
        self._arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _NAMES}

    def __len__(self) -> int:
        return len(self._arrays["labels"])

    def find_nearest(self, features: npt.NDArray[np.float16], count: int) -> list[Neighbour]:
        """Return the `count` nearest to features (d,) of length 1, the nearest first."""
        wanted = features.astype(np.float32)
        rows = self._arrays["features"]
        parts = [rows[at : at + 8_192] @ wanted for at in range(0, len(rows), 8_192)]
        likeness = np.concatenate(parts)
        order = np.argsort(-likeness, kind="stable")[:count]
        return [self._neighbour(int(place), float(likeness[place])) for place in order]

    def _neighbour(self, place: int, likeness: float) -> Neighbour:
        return Neighbour(
            label=int(self._arrays["labels"][place]),
            source=self.names[int(self._arrays["sources"][place])],
            likeness=likeness,
            raster=np.array(self._arrays["rasters"][place]),
        )


def open_index(folder: Path) -> Index | None:
    """None of one that is not made yet, or broken."""
    try:
        return Index(folder)
    except (OSError, ValueError, KeyError):
        return None


def find_base(card: Card) -> tuple[Base, ...]:
    """Return the data sets that a network learnt from, as its card says; none where it was shown
    what is synthesised in their place."""
    rehearsal = card.get("data", {}).get("rehearsal")
    if rehearsal is not None:
        return _rehearsed(rehearsal, has_nondigits=CLASSES[NOT_A_DIGIT_CLASS] in card["classes"])
    named = card.get("training", {}).get("config", {}).get("base")
    if named is None:
        return find_recipe(card["architecture"]).base
    return tuple(name for name in BASE if name in named)


def load_taught(base: Sequence[Base]) -> Taught:
    """Return what of the named data sets is here to train on. Raises DataMissing where nothing
    is."""
    parts, missing = [], None
    for name in base:
        try:
            parts.append((name, *_load_set(name)))
        except DataMissing as error:
            missing = error
    if not parts:
        raise missing or DataMissing("The network names no data set.")
    sizes = [len(labels) for _, _, labels in parts]
    return Taught(
        np.concatenate([rasters for _, rasters, _ in parts]),
        np.concatenate([labels for _, _, labels in parts]),
        np.repeat(np.arange(len(parts)), sizes).astype(np.uint8),
        tuple(name for name, _, _ in parts),
    )


def build_index(
    embedder: Embedder,
    taught: Taught,
    folder: Path,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Index:
    """Look at the drawings in random order, write what was found into `folder`, whole or not at
    all, and forget indexes beside it that are older than the newest few."""
    ends_at = time.monotonic() + BUILT_WITHIN_S
    order = np.random.default_rng(1).permutation(len(taught.labels))
    features = []
    for at in range(0, len(order), AT_ONCE):
        features.append(embedder.embed(taught.rasters[order[at : at + AT_ONCE]]).features)
        on_progress(at / len(order))
        if time.monotonic() > ends_at:
            break
    found = np.concatenate(features)
    chosen = order[: len(found)]
    arrays = (found, taught.rasters[chosen], taught.labels[chosen], taught.sources[chosen])
    _write(folder, dict(zip(_NAMES, arrays, strict=True)), taught.names)
    _forget_old(folder.parent)
    return Index(folder)


def _write(folder: Path, arrays: dict[str, npt.NDArray[np.generic]], names: Sequence[str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=_PART, dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(part / f"{name}.npy", array)
        (part / _ABOUT).write_text(json.dumps({"names": list(names)}))
        if open_index(folder) is None:  # another process may have been first
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _forget_old(folder: Path) -> None:
    """Another process may write and forget here at the same time; what one left unfinished that was
    killed goes too."""
    indexes: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        with suppress(OSError):
            written_at = path.stat().st_mtime
            if not path.name.startswith(_PART):
                indexes.append((written_at, path))
            elif time.time() - written_at > LEFT_AFTER_S:
                shutil.rmtree(path)
    for _, old in sorted(indexes, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _rehearsed(rehearsal: str, *, has_nondigits: bool) -> tuple[Base, ...]:
    if rehearsal == "synthetic":
        return ()
    if rehearsal == "mnist":
        return ("mnist",)
    return BASE if has_nondigits else tuple(name for name in BASE if name != "letters")


def _load_set(name: Base) -> tuple[Raster, Labels]:
    if name == "mnist":
        mnist = load_mnist("train")
        return mnist.images, mnist.labels.astype(np.uint8)
    inks: list[Ink] = load_pen("train") if name == "pen" else load_nondigits("train")
    labels = [ink.label if name == "pen" else NOT_A_DIGIT_CLASS for ink in inks]
    return rasterize_many([ink.strokes for ink in inks]), np.array(labels, np.uint8)

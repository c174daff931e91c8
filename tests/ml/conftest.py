"""Our own inks, the released inknet, and an independent implementation of rasterize."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ml.data.datasets import ImageDataset, InkSample
from ml.data.epoch_dataset import TrainingData
from ml.inference.predictor import Predictor, load_predictor

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "ml" / "weights" / "inknet"


@dataclass(frozen=True)
class OwnInk:
    label: int
    note: str
    strokes: list[list[list[float]]]


@pytest.fixture(scope="session")
def own_inks() -> list[OwnInk]:
    rows = json.loads((ROOT / "tests" / "ink" / "digits.json").read_text())
    return [OwnInk(**row) for row in rows]


@pytest.fixture(scope="session")
def release() -> Path:
    return RELEASE


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return load_predictor(RELEASE, "cpu")


@pytest.fixture(scope="session")
def few_data(own_inks: list[OwnInk]) -> TrainingData:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, 28, 28), dtype=np.uint8)
    bitmaps = ImageDataset(images, np.arange(24) % 10, np.arange(24, dtype=np.int32))
    strokes = [
        tuple(tuple((p[0], p[1]) for p in stroke) for stroke in ink.strokes) for ink in own_inks
    ]
    digits = [InkSample(ink.label, "own", s) for ink, s in zip(own_inks, strokes, strict=True)]
    return TrainingData(bitmaps, digits, [InkSample(10, "own", (((0, 0), (9, 0), (9, 9)),))])


def render_by_distance(
    strokes: list[list[list[float]]], pen_width: float, fine: int = 4
) -> npt.NDArray[np.float64]:
    """Rasterize by distance: a fine pixel is ink if a segment is within half the pen width."""
    lines = [np.array([point[:2] for point in stroke], dtype=float) for stroke in strokes]
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (20 - pen_width) / max(float((high - low).max()), 1e-12)
    lines = [(line - (low + high) / 2) * scale for line in lines]
    starts = np.concatenate([line[:-1] if len(line) > 1 else line for line in lines])
    ends = np.concatenate([line[1:] if len(line) > 1 else line for line in lines])
    offsets = np.arange(28) - 13.5
    centred = _cover(starts, ends, pen_width, fine)
    mass = np.array([centred.sum(axis=0) @ offsets, centred.sum(axis=1) @ offsets]) / centred.sum()
    return 255 * _cover(starts - mass, ends - mass, pen_width, fine)


def _cover(
    starts: npt.NDArray[np.float64], ends: npt.NDArray[np.float64], pen_width: float, fine: int
) -> npt.NDArray[np.float64]:
    axis = (np.arange(28 * fine) + 0.5) / fine - 14
    pixels = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    nearest = np.full(len(pixels), np.inf)
    for start, end in zip(starts, ends, strict=True):
        along = end - start
        length = float(along @ along)
        position = np.clip((pixels - start) @ along / max(length, 1e-12), 0, 1)
        projection = start + position[:, None] * along
        nearest = np.minimum(nearest, np.hypot(*(pixels - projection).T))
    inside = (nearest <= pen_width / 2).reshape(28, fine, 28, fine)
    return np.asarray(inside.mean(axis=(1, 3)))

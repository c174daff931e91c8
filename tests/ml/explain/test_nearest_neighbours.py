"""Indexes of training examples: complete on disk, limited in number and time."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ml.data import datasets
from ml.data.datasets import CLASS_NAMES, DatasetMissing
from ml.explain import nearest_neighbours
from ml.explain.nearest_neighbours import (
    MAX_INDEXES,
    NeighbourIndex,
    TrainingExamples,
    build_neighbour_index,
    list_training_datasets,
    load_training_examples,
)
from ml.inference.embedder import Embedder
from ml.preprocessing.rasterize import rasterize_many
from ml.training_config import DATASET_NAMES, DIGIT_DATASETS
from tests.ml.conftest import RELEASE, OwnInk


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(RELEASE)


@pytest.fixture
def training_examples(own_inks: list[OwnInk]) -> TrainingExamples:
    """Our own inks as a data set."""
    labels = np.array([ink.label for ink in own_inks], np.uint8)
    rasters = rasterize_many([ink.strokes for ink in own_inks])
    return TrainingExamples(rasters, labels, np.zeros_like(labels), ("pen",))


def test_a_training_example_is_its_own_nearest_neighbour(
    embedder: Embedder, training_examples: TrainingExamples, tmp_path: Path
) -> None:
    fractions: list[float] = []
    build_neighbour_index(
        embedder, training_examples, tmp_path / "index", on_progress=fractions.append
    )
    index = NeighbourIndex(tmp_path / "index")
    assert len(index) == len(training_examples.labels)
    assert fractions
    for raster, label in zip(training_examples.rasters, training_examples.labels, strict=True):
        features = embedder.embed(raster[None]).features[0]
        nearest = index.find_nearest(features, 3)
        assert (nearest[0].raster == raster).all()
        assert (nearest[0].label, nearest[0].source) == (label, "pen")
        assert nearest[0].similarity == pytest.approx(1, abs=2e-3)
        assert nearest[0].similarity >= nearest[1].similarity >= nearest[2].similarity


def test_a_timeout_gives_a_smaller_index(
    embedder: Embedder,
    training_examples: TrainingExamples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nearest_neighbours, "EMBED_BATCH_SIZE", 2)
    monkeypatch.setattr(nearest_neighbours, "BUILD_TIMEOUT_S", 0)
    index = build_neighbour_index(embedder, training_examples, tmp_path / "index")
    assert len(index) == 2 < len(training_examples.labels)


def test_deletes_old_indexes_and_replaces_a_damaged_one(
    embedder: Embedder, training_examples: TrainingExamples, tmp_path: Path
) -> None:
    for number in range(MAX_INDEXES + 2):
        build_neighbour_index(embedder, training_examples, tmp_path / f"{number}")
    assert len(list(tmp_path.iterdir())) == MAX_INDEXES
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.raises(OSError, match="about"):
        NeighbourIndex(broken)
    assert len(build_neighbour_index(embedder, training_examples, broken)) == len(
        training_examples.labels
    )


def test_keeps_an_index_of_a_concurrent_process(
    embedder: Embedder, training_examples: TrainingExamples, tmp_path: Path
) -> None:
    active, abandoned = tmp_path / "part-active", tmp_path / "part-abandoned"
    for folder in (active, abandoned):
        folder.mkdir()
    os.utime(abandoned, (0, 0))
    first = build_neighbour_index(embedder, training_examples, tmp_path / "index")
    one = TrainingExamples(
        training_examples.rasters[:1],
        training_examples.labels[:1],
        training_examples.sources[:1],
        ("pen",),
    )
    assert len(build_neighbour_index(embedder, one, tmp_path / "index")) == len(first)
    assert {path.name for path in tmp_path.iterdir()} == {"index", active.name}
    for number in range(MAX_INDEXES):
        build_neighbour_index(embedder, one, tmp_path / f"{number}")
    assert active.exists()
    assert len(list(tmp_path.iterdir())) == MAX_INDEXES + 1


@pytest.mark.parametrize(
    ("rehearsal", "classes", "base"),
    [
        ("all", CLASS_NAMES, DATASET_NAMES),
        ("all", CLASS_NAMES[:10], DIGIT_DATASETS),
        ("mnist", CLASS_NAMES, ("mnist",)),
        ("synthetic", CLASS_NAMES, ()),
    ],
)
def test_a_retrained_model_names_its_rehearsal_data(
    rehearsal: str, classes: Sequence[str], base: tuple[str, ...]
) -> None:
    card = {"architecture": "inknet", "classes": classes, "data": {"rehearsal": rehearsal}}
    assert list_training_datasets(card) == base


def test_a_shipped_model_names_the_data_sets_of_its_config() -> None:
    card = {"architecture": "inknet", "training": {"config": {"base": ["mnist"]}}, "data": {}}
    assert list_training_datasets(card) == ("mnist",)
    assert list_training_datasets({**card, "training": {"config": {}}}) == DATASET_NAMES


def test_raises_if_no_data_set_is_available(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DIGITSITE_HOME", str(tmp_path / "home"))
    datasets.clear_dataset_cache()
    with pytest.raises(DatasetMissing):
        load_training_examples(("mnist", "pen", "letters"))

"""The nearest drawings of a training set: whole or not at all on disk, bounded, and honest where
the data is missing."""

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
from tests.ml.conftest import RELEASE, OwnInk


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(RELEASE)


@pytest.fixture
def training_examples(own_inks: list[OwnInk]) -> TrainingExamples:
    """Our own inks stand for a data set."""
    labels = np.array([ink.label for ink in own_inks], np.uint8)
    rasters = rasterize_many([ink.strokes for ink in own_inks])
    return TrainingExamples(rasters, labels, np.zeros_like(labels), ("pen",))


def test_the_nearest_of_a_training_drawing_is_itself(
    embedder: Embedder, training_examples: TrainingExamples, tmp_path: Path
) -> None:
    told: list[float] = []
    build_neighbour_index(embedder, training_examples, tmp_path / "index", on_progress=told.append)
    index = NeighbourIndex(tmp_path / "index")
    assert len(index) == len(training_examples.labels)
    assert told
    for raster, label in zip(training_examples.rasters, training_examples.labels, strict=True):
        features = embedder.embed(raster[None]).features[0]
        nearest = index.find_nearest(features, 3)
        assert (nearest[0].raster == raster).all()
        assert (nearest[0].label, nearest[0].source) == (label, "pen")
        assert nearest[0].similarity == pytest.approx(1, abs=2e-3)
        assert nearest[0].similarity >= nearest[1].similarity >= nearest[2].similarity


def test_an_index_that_takes_too_long_is_made_of_what_was_looked_at(
    embedder: Embedder,
    training_examples: TrainingExamples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nearest_neighbours, "EMBED_BATCH_SIZE", 2)
    monkeypatch.setattr(nearest_neighbours, "BUILD_TIMEOUT_S", 0)
    index = build_neighbour_index(embedder, training_examples, tmp_path / "index")
    assert len(index) == 2 < len(training_examples.labels)


def test_old_indexes_go_and_a_broken_one_is_replaced(
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


def test_what_another_process_made_meanwhile_stays(
    embedder: Embedder, training_examples: TrainingExamples, tmp_path: Path
) -> None:
    unfinished, left = tmp_path / "part-theirs", tmp_path / "part-left"
    for folder in (unfinished, left):
        folder.mkdir()
    os.utime(left, (0, 0))
    first = build_neighbour_index(embedder, training_examples, tmp_path / "index")
    one = TrainingExamples(
        training_examples.rasters[:1],
        training_examples.labels[:1],
        training_examples.sources[:1],
        ("pen",),
    )
    assert len(build_neighbour_index(embedder, one, tmp_path / "index")) == len(first)
    assert {path.name for path in tmp_path.iterdir()} == {"index", unfinished.name}
    for number in range(MAX_INDEXES):
        build_neighbour_index(embedder, one, tmp_path / f"{number}")
    assert unfinished.exists()
    assert len(list(tmp_path.iterdir())) == MAX_INDEXES + 1


@pytest.mark.parametrize(
    ("rehearsal", "classes", "base"),
    [
        ("all", CLASS_NAMES, ("mnist", "pen", "letters")),
        ("all", CLASS_NAMES[:10], ("mnist", "pen")),
        ("mnist", CLASS_NAMES, ("mnist",)),
        ("synthetic", CLASS_NAMES, ()),
    ],
)
def test_what_taught_a_network_here_is_what_it_rehearsed(
    rehearsal: str, classes: Sequence[str], base: tuple[str, ...]
) -> None:
    card = {"architecture": "inknet", "classes": classes, "data": {"rehearsal": rehearsal}}
    assert list_training_datasets(card) == base


def test_what_taught_a_shipped_network_is_in_its_config_or_its_recipe() -> None:
    card = {"architecture": "inknet", "training": {"config": {"base": ["mnist"]}}, "data": {}}
    assert list_training_datasets(card) == ("mnist",)
    assert list_training_datasets({**card, "training": {"config": {}}}) == (
        "mnist",
        "pen",
        "letters",
    )


def test_where_no_data_is_here_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DIGITSITE_HOME", str(tmp_path / "home"))
    datasets.clear_dataset_cache()
    with pytest.raises(DatasetMissing):
        load_training_examples(("mnist", "pen", "letters"))

"""The nearest drawings of a training set: whole or not at all on disk, bounded, and honest where
the data is missing."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ml import datasets
from ml.datasets import CLASSES, DataMissing
from ml.embedding import Embedder
from ml.explanation import neighbours
from ml.explanation.neighbours import KEPT, Index, Taught, build_index, find_base, load_taught
from ml.raster import rasterize_many
from tests.ml.conftest import RELEASE, OwnInk


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(RELEASE)


@pytest.fixture
def taught(own_inks: list[OwnInk]) -> Taught:
    """Our own inks stand for a data set."""
    labels = np.array([ink.label for ink in own_inks], np.uint8)
    rasters = rasterize_many([ink.strokes for ink in own_inks])
    return Taught(rasters, labels, np.zeros_like(labels), ("pen",))


def test_the_nearest_of_a_training_drawing_is_itself(
    embedder: Embedder, taught: Taught, tmp_path: Path
) -> None:
    told: list[float] = []
    build_index(embedder, taught, tmp_path / "index", on_progress=told.append)
    index = Index(tmp_path / "index")
    assert len(index) == len(taught.labels)
    assert told
    for raster, label in zip(taught.rasters, taught.labels, strict=True):
        features = embedder.embed(raster[None]).features[0]
        nearest = index.find_nearest(features, 3)
        assert (nearest[0].raster == raster).all()
        assert (nearest[0].label, nearest[0].source) == (label, "pen")
        assert nearest[0].likeness == pytest.approx(1, abs=2e-3)
        assert nearest[0].likeness >= nearest[1].likeness >= nearest[2].likeness


def test_an_index_that_takes_too_long_is_made_of_what_was_looked_at(
    embedder: Embedder, taught: Taught, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "AT_ONCE", 2)
    monkeypatch.setattr(neighbours, "BUILT_WITHIN_S", 0)
    index = build_index(embedder, taught, tmp_path / "index")
    assert len(index) == 2 < len(taught.labels)


def test_old_indexes_go_and_a_broken_one_is_replaced(
    embedder: Embedder, taught: Taught, tmp_path: Path
) -> None:
    for number in range(KEPT + 2):
        build_index(embedder, taught, tmp_path / f"{number}")
    assert len(list(tmp_path.iterdir())) == KEPT
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.raises(OSError, match="about"):
        Index(broken)
    assert len(build_index(embedder, taught, broken)) == len(taught.labels)


def test_what_another_process_made_meanwhile_stays(
    embedder: Embedder, taught: Taught, tmp_path: Path
) -> None:
    unfinished, left = tmp_path / "part-theirs", tmp_path / "part-left"
    for folder in (unfinished, left):
        folder.mkdir()
    os.utime(left, (0, 0))
    first = build_index(embedder, taught, tmp_path / "index")
    one = Taught(taught.rasters[:1], taught.labels[:1], taught.sources[:1], ("pen",))
    assert len(build_index(embedder, one, tmp_path / "index")) == len(first)
    assert {path.name for path in tmp_path.iterdir()} == {"index", unfinished.name}
    for number in range(KEPT):
        build_index(embedder, one, tmp_path / f"{number}")
    assert unfinished.exists()
    assert len(list(tmp_path.iterdir())) == KEPT + 1


@pytest.mark.parametrize(
    ("rehearsal", "classes", "base"),
    [
        ("all", CLASSES, ("mnist", "pen", "letters")),
        ("all", CLASSES[:10], ("mnist", "pen")),
        ("mnist", CLASSES, ("mnist",)),
        ("synthetic", CLASSES, ()),
    ],
)
def test_what_taught_a_network_here_is_what_it_rehearsed(
    rehearsal: str, classes: Sequence[str], base: tuple[str, ...]
) -> None:
    card = {"architecture": "inknet", "classes": classes, "data": {"rehearsal": rehearsal}}
    assert find_base(card) == base


def test_what_taught_a_shipped_network_is_in_its_config_or_its_recipe() -> None:
    card = {"architecture": "inknet", "training": {"config": {"base": ["mnist"]}}, "data": {}}
    assert find_base(card) == ("mnist",)
    assert find_base({**card, "training": {"config": {}}}) == ("mnist", "pen", "letters")


def test_where_no_data_is_here_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DIGITSITE_HOME", str(tmp_path / "home"))
    datasets.forget_read()
    with pytest.raises(DataMissing):
        load_taught(("mnist", "pen", "letters"))

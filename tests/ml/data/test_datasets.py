"""Data sets: their sizes, and splits that share no writer."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.data.datasets import (
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
    clear_dataset_cache,
    find_data_dir,
    hash_data_files,
    list_mnist_writers,
    load_mnist,
    load_nondigits,
    load_pen,
)
from ml.data.epoch_dataset import build_epoch_dataset, load_training_data
from ml.data.writer_splits import DIGIT_LOOKALIKES, PEN_WRITERS, SplitName
from ml.training_config import TrainingConfig

HOLDOUT_WRITERS = (41, 67, 113)
VALIDATION_WRITERS = (3, 20, 23)

pytestmark = pytest.mark.usefixtures("handwriting")


def test_mnist_splits_share_no_writer() -> None:
    names: tuple[SplitName, ...] = ("train", "validation", "holdout")
    splits = {name: load_mnist(name) for name in names}
    writers = {name: set(split.writers.tolist()) for name, split in splits.items()}

    assert sum(len(split) for split in splits.values()) == 60_000
    assert [len(writers[name]) for name in splits] == [449, 60, 30]
    assert not writers["train"] & writers["validation"]
    assert not (writers["train"] | writers["validation"]) & writers["holdout"]
    assert all(tuple(sorted(writers[name])) == list_mnist_writers(name) for name in splits)


def test_mnist_splits_are_deterministic() -> None:
    assert list_mnist_writers("holdout")[:3] == HOLDOUT_WRITERS
    assert list_mnist_writers("validation")[:3] == VALIDATION_WRITERS


def test_the_mnist_test_split_is_the_published_set() -> None:
    published = load_mnist("test")
    assert len(published) == 10_000
    assert published.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert published.images.shape == (10_000, 28, 28)
    assert not set(published.writers.tolist()) & set(load_mnist("train").writers.tolist())


def test_pen_splits_have_their_writers() -> None:
    splits = {name: load_pen(name) for name in PEN_WRITERS}
    assert [len({ink.writer for ink in split}) for split in splits.values()] == [20, 5, 5]
    assert sum(len(split) for split in splits.values()) == 7494
    assert {ink.label for ink in splits["train"]} == set(range(10))


def test_nondigits_exclude_lookalikes_and_test_alphabets() -> None:
    splits = {name: load_nondigits(name) for name in ("train", "validation", "test")}
    writers = {name: {ink.writer for ink in split} for name, split in splits.items()}
    num_lookalikes = sum(len(numbers) for numbers in DIGIT_LOOKALIKES.values()) * 20

    assert sum(len(split) for split in splits.values()) == 3100 - num_lookalikes
    assert {ink.label for split in splits.values() for ink in split} == {NOT_A_DIGIT_CLASS}
    assert {writer.split("-")[0] for writer in writers["test"]} == {"Tagalog", "Balinese"}
    assert not writers["train"] & (writers["validation"] | writers["test"])


def test_hashes_exactly_the_files_that_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, handwriting: Path
) -> None:
    hashes = hash_data_files()
    assert len(hashes) == 8
    for name in hashes:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(handwriting / name)
    (tmp_path / "another.jsonl.gz").write_bytes(b"not read")
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path))
    clear_dataset_cache()

    assert hash_data_files() == hashes
    assert load_mnist("train")
    assert load_mnist("test")
    assert load_pen("train")
    assert load_nondigits("train")


def test_the_error_names_a_missing_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetMissing, match="nowhere"):
        find_data_dir()


def test_refuses_a_changed_mnist_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, handwriting: Path
) -> None:
    from ml.data import datasets

    shutil.copytree(handwriting / "mnist", tmp_path / "mnist", copy_function=shutil.copy)
    name = "t10k-labels-idx1-ubyte.gz"
    changed = bytearray(gzip.decompress((tmp_path / "mnist" / name).read_bytes()))
    changed[8] = 9
    (tmp_path / "mnist" / name).unlink()
    (tmp_path / "mnist" / name).write_bytes(gzip.compress(bytes(changed)))
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path))

    with pytest.raises(DatasetMissing, match=name):
        datasets._load_mnist_files.__wrapped__("t10k")


def test_strokes_are_finite_points() -> None:
    for ink in (*load_pen("validation")[:50], *load_nondigits("validation")[:50]):
        points = np.concatenate([np.array(stroke) for stroke in ink.strokes])
        assert points.shape[1] == 2
        assert np.isfinite(points).all()


def test_loads_a_subset_of_the_data_sets() -> None:
    mnist, pen = load_training_data(("mnist",)), load_training_data(("pen", "letters"))

    assert (len(mnist.bitmaps), len(mnist.digits), len(mnist.nondigits)) == (49_841, 0, 0)
    assert len(pen.bitmaps) == 0
    assert len(pen.digits) == 4_996
    assert len(pen.nondigits) > 1000
    epoch = build_epoch_dataset(
        TrainingConfig(num_synthetic_nondigits=3, num_joined_digits=3), mnist, 0
    )
    assert len(epoch.labels) == 49_841 + 3

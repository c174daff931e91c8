"""The data sets: their numbers, and that nobody is in two parts."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.config import TrainingConfig
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
from ml.data.splits import DIGIT_LOOKALIKES, PEN_WRITERS, SplitName

HELD_OUT_WRITERS = (41, 67, 113)
VALIDATION_WRITERS = (3, 20, 23)

pytestmark = pytest.mark.usefixtures("handwriting")


def test_mnist_is_split_by_writer() -> None:
    names: tuple[SplitName, ...] = ("train", "validation", "holdout")
    parts = {name: load_mnist(name) for name in names}
    writers = {name: set(part.writers.tolist()) for name, part in parts.items()}

    assert sum(len(part) for part in parts.values()) == 60_000
    assert [len(writers[name]) for name in parts] == [449, 60, 30]
    assert not writers["train"] & writers["validation"]
    assert not (writers["train"] | writers["validation"]) & writers["holdout"]
    assert all(tuple(sorted(writers[name])) == list_mnist_writers(name) for name in parts)


def test_mnist_writers_are_always_the_same() -> None:
    assert list_mnist_writers("holdout")[:3] == HELD_OUT_WRITERS
    assert list_mnist_writers("validation")[:3] == VALIDATION_WRITERS


def test_mnist_test_set_is_the_published_one() -> None:
    published = load_mnist("test")
    assert len(published) == 10_000
    assert published.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert published.images.shape == (10_000, 28, 28)
    assert not set(published.writers.tolist()) & set(load_mnist("train").writers.tolist())


def test_pen_writers_are_in_one_part() -> None:
    parts = {name: load_pen(name) for name in PEN_WRITERS}
    assert [len({ink.writer for ink in part}) for part in parts.values()] == [20, 5, 5]
    assert sum(len(part) for part in parts.values()) == 7494
    assert {ink.label for ink in parts["train"]} == set(range(10))


def test_nondigits_leave_out_lookalikes_and_reported_alphabets() -> None:
    parts = {name: load_nondigits(name) for name in ("train", "validation", "test")}
    people = {name: {ink.writer for ink in part} for name, part in parts.items()}
    left_out = sum(len(numbers) for numbers in DIGIT_LOOKALIKES.values()) * 20

    assert sum(len(part) for part in parts.values()) == 3100 - left_out
    assert {ink.label for part in parts.values() for ink in part} == {NOT_A_DIGIT_CLASS}
    assert {writer.split("-")[0] for writer in people["test"]} == {"Tagalog", "Balinese"}
    assert not people["train"] & (people["validation"] | people["test"])


def test_the_card_hashes_the_files_that_are_read_and_no_others(
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


def test_a_missing_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetMissing, match="nowhere"):
        find_data_dir()


def test_a_changed_mnist_file_is_refused(
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


def test_strokes_are_numbers_that_can_be_drawn() -> None:
    for ink in (*load_pen("validation")[:50], *load_nondigits("validation")[:50]):
        points = np.concatenate([np.array(stroke) for stroke in ink.strokes])
        assert points.shape[1] == 2
        assert np.isfinite(points).all()


def test_a_run_can_be_given_some_of_the_data() -> None:
    bitmaps, pen = load_training_data(("mnist",)), load_training_data(("pen", "letters"))

    assert (len(bitmaps.bitmaps), len(bitmaps.digits), len(bitmaps.nondigits)) == (49_841, 0, 0)
    assert len(pen.bitmaps) == 0
    assert len(pen.digits) == 4_996
    assert len(pen.nondigits) > 1000
    pool = build_epoch_dataset(
        TrainingConfig(num_synthetic_nondigits=3, num_joined_digits=3), bitmaps, 0
    )
    assert len(pool.labels) == 49_841 + 3

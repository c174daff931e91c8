"""Data sets: their sizes, and splits that share no writer."""

import gzip
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ml.data.dataset_splits import (
    DIGIT_LOOKALIKES,
    NUM_VALIDATION_WORDS,
    PEN_WRITERS,
    TEST_ALPHABETS,
    UJI_LETTERS_LIKE_DIGITS,
    SplitName,
)
from ml.data.datasets import (
    NOT_A_DIGIT_CLASS,
    DatasetMissing,
    clear_dataset_cache,
    find_data_dir,
    hash_data_files,
    list_doodle_words,
    list_mnist_writers,
    load_doodles,
    load_formula_digits,
    load_formula_symbols,
    load_icons,
    load_mnist,
    load_nondigits,
    load_pen,
    load_uji_digits,
    load_uji_letters,
)
from ml.data.epoch_dataset import REPETITIONS, EpochBuilder, load_training_data
from ml.data.font_digits import load_font_digits
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
    assert len(hashes) == 15
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
    load_training_data()
    assert load_formula_digits()
    assert load_formula_symbols()


def test_doodles_and_icons_are_split_by_word_and_name() -> None:
    for load in (load_doodles, load_icons):
        names = {split: {ink.writer for ink in load(split)} for split in ("train", "validation")}
        assert not names["train"] & names["validation"]
        assert len(names["validation"]) > 30
        assert load("test") == []
    assert len(list_doodle_words("validation")) == NUM_VALIDATION_WORDS
    words = {split: {n.split("-")[0] for n in names} for split, names in names.items()}
    assert not words["train"] & words["validation"]


def test_no_validation_drawing_is_in_the_training_data() -> None:
    data = load_training_data()
    trained = {ink.strokes for ink in (*data.digits, *data.nondigits)}
    sets = {
        "pen": load_pen("validation") + load_pen("test"),
        "letters": load_nondigits("validation") + load_nondigits("test"),
        "doodles": load_doodles("validation"),
        "icons": load_icons("validation"),
        "formulas": load_formula_digits() + load_formula_symbols(),
    }
    assert {name: len(trained & {ink.strokes for ink in one}) for name, one in sets.items()} == (
        dict.fromkeys(sets, 0)
    )
    writers = {ink.writer for ink in (*data.digits, *data.nondigits)}
    assert not writers & {ink.writer for ink in (*sets["pen"], *sets["formulas"])}
    assert not writers & {f"{a}-{n:02d}" for a in TEST_ALPHABETS for n in range(1, 21)}


def test_training_letters_are_not_drawn_like_digits() -> None:
    letters = load_uji_letters()
    assert len(letters) == (52 - len(UJI_LETTERS_LIKE_DIGITS)) * 22
    assert {ink.label for ink in letters} == {NOT_A_DIGIT_CLASS}
    assert Counter(ink.label for ink in load_uji_digits()) == dict.fromkeys(range(10), 22)


def test_font_digits_are_decoded_like_uploads() -> None:
    fonts = load_font_digits()
    assert len(fonts) == 520
    assert Counter(fonts.labels.tolist()) == dict.fromkeys(range(10), 52)
    assert fonts.images.max(axis=(1, 2)).min() > 200
    assert len(set(fonts.writers.tolist())) == 52


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
    uji, once = load_training_data(("uji",)), load_training_data(("uji",), repeat=False)

    assert (len(mnist.bitmaps), len(mnist.digits), len(mnist.nondigits)) == (49_841, 0, 0)
    assert len(pen.bitmaps) == 0
    assert len(pen.digits) == 4_996
    assert len(pen.nondigits) > 1000
    assert len(uji.digits) == REPETITIONS["uji"] * len(once.digits)
    assert len(once.digits) == 220
    config = TrainingConfig(
        num_synthetic_digits=2, num_synthetic_nondigits=3, num_nondigits_of_digits=3
    )
    epoch = EpochBuilder(config, mnist).build(0)
    assert len(epoch.labels) == 49_841 + 2 + 3

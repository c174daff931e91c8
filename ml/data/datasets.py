"""Loaders of the data sets: digits and non-digits, as images or strokes.

Files come from the folder DIGITSITE_DATA, by default ../shared/data next to the project, or from
the cache folder of `ml.data.mnist_download`. Nothing is downloaded here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.data.dataset_splits import (
    DIGIT_LOOKALIKES,
    ICONS_LIKE_DIGITS,
    PEN_WRITERS,
    TEST_ALPHABETS,
    UJI_LETTERS_LIKE_DIGITS,
    VALIDATION_DRAWERS,
    VALIDATION_ICON_FRACTION,
    SplitName,
    find_icon_split,
    find_nondigit_split,
    split_doodle_words,
    split_mnist_writers,
)
from ml.data.mnist_download import find_cache_dir
from ml.preprocessing.array_types import Labels, Raster
from ml.training_config import NUM_DIGITS

PointSequence = tuple[tuple[float, float], ...]

NOT_A_DIGIT_CLASS = NUM_DIGITS
CLASS_NAMES = (*"0123456789", "not_a_digit")

MNIST_SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
    ),
}
PEN_FILE, NONDIGITS_FILE = "pendigits/train.jsonl.gz", "nondigits/omniglot.jsonl.gz"
UJI_DIGITS_FILE, UJI_LETTERS_FILE = "uji/uji1_digits.jsonl.gz", "uji/uji1_letters.jsonl.gz"
ICONS_FILE, DOODLES_FILE = "nondigits/icons.jsonl.gz", "nondigits/quickdraw.jsonl.gz"
FONT_DIGITS_FILE = "fonts/digits.npz"
FORMULA_DIGITS_FILE = "validation/crohme_digits.jsonl.gz"
FORMULA_SYMBOLS_FILE = "validation/crohme_symbols.jsonl.gz"
DATA_FILES = (
    *(f"mnist/{name}" for name in MNIST_SHA256),
    "mnist/mnist_test_writers.npz",
    "mnist/mnist_train_writers.npz",
    NONDIGITS_FILE,
    PEN_FILE,
    UJI_DIGITS_FILE,
    UJI_LETTERS_FILE,
    ICONS_FILE,
    DOODLES_FILE,
    FONT_DIGITS_FILE,
    FORMULA_DIGITS_FILE,
    FORMULA_SYMBOLS_FILE,
)
"""All files that are read for training and evaluation. The data folder may hold others."""


class DatasetMissing(Exception):
    """A data file is missing or has the wrong content. The message names it and its folder."""


class InkSample(NamedTuple):
    """A drawing: class 0-9 or NOT_A_DIGIT_CLASS, writer, and strokes of points (x, y), y down."""

    label: int
    writer: str
    strokes: tuple[PointSequence, ...]


@dataclass(frozen=True, slots=True)
class ImageDataset:
    """Images (n, 28, 28) uint8, ink 255 on 0, labels (n,) int64 and writer numbers (n,) int32."""

    images: Raster
    labels: Labels
    writers: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def concat(cls, parts: Sequence[ImageDataset]) -> ImageDataset:
        return cls(
            np.concatenate([part.images for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.writers for part in parts]),
        )


def find_data_dir() -> Path:
    """Return the data folder. Raises DatasetMissing."""
    configured = os.environ.get("DIGITSITE_DATA")
    root = Path(__file__).resolve().parents[3]
    folder = Path(configured) if configured else root / "shared" / "data"
    if not folder.is_dir():
        raise DatasetMissing(f"There is no data folder {folder}; set DIGITSITE_DATA.")
    return folder


def load_mnist(split: SplitName) -> ImageDataset:
    """Return a split of MNIST's training set, or its published test set. Raises DatasetMissing."""
    if split == "test":
        return _load_mnist_files("t10k")
    mnist = _load_mnist_files("train")
    rows = np.isin(mnist.writers, list_mnist_writers(split))
    return ImageDataset(mnist.images[rows], mnist.labels[rows], mnist.writers[rows])


def list_mnist_writers(split: SplitName) -> tuple[int, ...]:
    """Return the NIST writers in a split of MNIST's training set. Raises DatasetMissing."""
    return split_mnist_writers(_load_mnist_files("train").writers.tolist())[split]


def load_pen(split: SplitName) -> list[InkSample]:
    """Return the pen digits of a split. Raises DatasetMissing."""
    return [
        InkSample(int(row["label"]), row["writer"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(PEN_FILE)
        if row["writer"] in PEN_WRITERS[split]
    ]


def load_nondigits(split: SplitName) -> list[InkSample]:
    """Return the non-digits of a split: characters of six alphabets. Raises DatasetMissing."""
    inks = []
    for row in _load_json_lines(NONDIGITS_FILE):
        alphabet, drawer = row["alphabet"], int(row["drawer"])
        character = int(row["char"].removeprefix("character"))
        if find_nondigit_split(alphabet, character, drawer) == split:
            strokes = _to_tuples(row["strokes"])
            inks.append(InkSample(NOT_A_DIGIT_CLASS, f"{alphabet}-{drawer:02d}", strokes))
    return inks


def load_uji_digits() -> list[InkSample]:
    """Return the digits of the UJI set, all for training. Raises DatasetMissing."""
    return [
        InkSample(int(row["label"]), row["writer"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(UJI_DIGITS_FILE)
    ]


def load_uji_letters() -> list[InkSample]:
    """Return the letters of the UJI set that are not drawn like a digit, all for training.

    Raises DatasetMissing.
    """
    return [
        InkSample(NOT_A_DIGIT_CLASS, row["writer"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(UJI_LETTERS_FILE)
        if row["label"] not in UJI_LETTERS_LIKE_DIGITS
    ]


def load_icons(split: SplitName) -> list[InkSample]:
    """Return the icons of a split; their "writer" is their name. Raises DatasetMissing.

    Some icons have several names. A drawing with a name in the training split is in no other.
    """
    icons = [
        InkSample(NOT_A_DIGIT_CLASS, row["name"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(ICONS_FILE)
    ]
    trained = {icon.strokes for icon in icons if find_icon_split(icon.writer) == "train"}
    return [
        icon
        for icon in icons
        if find_icon_split(icon.writer) == split
        and (split == "train" or icon.strokes not in trained)
    ]


def load_doodles(split: SplitName) -> list[InkSample]:
    """Return the doodles of a split; their "writer" is their word. Raises DatasetMissing."""
    words = list_doodle_words(split)
    return [
        InkSample(NOT_A_DIGIT_CLASS, row["word"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(DOODLES_FILE)
        if row["word"] in words
    ]


def list_doodle_words(split: SplitName) -> tuple[str, ...]:
    """Return the words of the doodles in a split. Raises DatasetMissing."""
    return split_doodle_words(row["word"] for row in _load_json_lines(DOODLES_FILE)).get(split, ())


def load_formula_digits() -> list[InkSample]:
    """Return digits cut from handwritten formulas (CROHME), for validation only.

    Raises DatasetMissing.
    """
    return [
        InkSample(int(row["label"]), row["writer"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(FORMULA_DIGITS_FILE)
    ]


def load_formula_symbols() -> list[InkSample]:
    """Return letters and operators cut from handwritten formulas (CROHME), for validation only.

    Raises DatasetMissing.
    """
    return [
        InkSample(NOT_A_DIGIT_CLASS, row["writer"], _to_tuples(row["strokes"]))
        for row in _load_json_lines(FORMULA_SYMBOLS_FILE)
    ]


def hash_data_files() -> dict[str, str]:
    """Return the sha256 of each of DATA_FILES, for the model card. Raises DatasetMissing."""
    return {
        name: hashlib.sha256(find_data_file(name).read_bytes()).hexdigest()
        for name in sorted(DATA_FILES)
    }


def describe_splits() -> dict[str, Any]:
    """Return the splits for the model card. Raises DatasetMissing."""
    return {
        "pen": {split: list(writers) for split, writers in PEN_WRITERS.items()},
        "mnist_validation_writers": list(list_mnist_writers("validation")),
        "mnist_kept_out_writers": list(list_mnist_writers("holdout")),
        "nondigit_validation_drawers": sorted(VALIDATION_DRAWERS),
        "nondigit_reported_alphabets": list(TEST_ALPHABETS),
        "lookalikes_left_out": {name: sorted(n) for name, n in DIGIT_LOOKALIKES.items()},
        "uji_letters_left_out": sorted(UJI_LETTERS_LIKE_DIGITS),
        "doodle_validation_words": list(list_doodle_words("validation")),
        "icon_validation_fraction": VALIDATION_ICON_FRACTION,
        "icons_left_out": sorted(ICONS_LIKE_DIGITS),
    }


def clear_dataset_cache() -> None:
    """Free the loaded files, hundreds of megabytes. They are loaded again when needed."""
    _load_mnist_files.cache_clear()
    _load_json_lines.cache_clear()


@cache
def _load_mnist_files(prefix: str) -> ImageDataset:
    """Return MNIST's training set ("train") or test set ("t10k")."""
    images = np.frombuffer(_load_idx(f"{prefix}-images-idx3-ubyte.gz")[16:], dtype=np.uint8)
    labels = np.frombuffer(_load_idx(f"{prefix}-labels-idx1-ubyte.gz")[8:], dtype=np.uint8)
    part = "train" if prefix == "train" else "test"
    with np.load(find_data_file(f"mnist/mnist_{part}_writers.npz")) as table:
        writers = table["writer"].astype(np.int32)
    if not len(images) // 28**2 == len(labels) == len(writers):
        raise DatasetMissing("The MNIST files have different numbers of images.")
    return ImageDataset(images.reshape(-1, 28, 28), labels.astype(np.int64), writers)


def _load_idx(name: str) -> bytes:
    packed = find_data_file(f"mnist/{name}").read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != MNIST_SHA256[name]:
        raise DatasetMissing(f"{name} has the sha256 {found}, not {MNIST_SHA256[name]}.")
    return gzip.decompress(packed)


@cache
def _load_json_lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(find_data_file(name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def find_data_file(name: str) -> Path:
    """Return the path of a data file. Raises DatasetMissing."""
    try:
        path = find_data_dir() / name
        if path.is_file():
            return path
        missing = DatasetMissing(f"{path} is missing.")
    except DatasetMissing as error:
        missing = error
    downloaded = find_cache_dir() / name
    if downloaded.is_file():
        return downloaded
    raise missing


def _to_tuples(strokes: list[list[list[float]]]) -> tuple[PointSequence, ...]:
    return tuple(tuple((float(p[0]), float(p[1])) for p in stroke) for stroke in strokes if stroke)

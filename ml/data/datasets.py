"""The data sets, and who of their writers trains, validates and is kept out: the only place where
that is said.

Files come from the folder that DIGITSITE_DATA names, or from ../shared/data beside the project, or
from what `ml.data.download` fetched before. Nothing is downloaded here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.data.download import find_cache_dir

SplitName = Literal["train", "validation", "kept_out", "test"]
PointSequence = tuple[tuple[float, float], ...]

NOT_A_DIGIT_CLASS = 10
CLASS_NAMES = (*"0123456789", "not_a_digit")

MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
PEN_FILE, NONDIGITS_FILE = "pendigits/train.jsonl.gz", "nondigits/omniglot.jsonl.gz"
DATA_FILES = (
    *(f"mnist/{name}" for name in MNIST_MD5),
    "mnist/mnist_test_writers.npz",
    "mnist/mnist_train_writers.npz",
    NONDIGITS_FILE,
    PEN_FILE,
)
"""All files that are read here. Others in the data folder belong to no model."""

NUM_MNIST_VALIDATION_WRITERS = 60
NUM_MNIST_HOLDOUT_WRITERS = 30

PEN_WRITERS: dict[SplitName, tuple[str, ...]] = {
    "train": tuple(f"tr{n:02d}" for n in range(1, 21)),
    "validation": tuple(f"tr{n:02d}" for n in range(21, 26)),
    "test": tuple(f"tr{n:02d}" for n in range(26, 31)),
}

TEST_ALPHABETS = ("Balinese", "Tagalog")
"""Never trained on: the non-digits that the released model is reported on."""

VALIDATION_DRAWERS = frozenset({17, 18, 19, 20})
"""Of each training alphabet these drawers validate. They are numbered from 1 in each alphabet."""

DIGIT_LOOKALIKES: dict[str, frozenset[int]] = {
    # a b g i j l o q s y z, drawn like 9 6 9 1 1 1 0 9 5 4 2
    "Latin": frozenset({1, 2, 7, 9, 10, 12, 15, 17, 19, 25, 26}),
    # beta gamma delta zeta theta iota xi omicron sigma tau, drawn like 8 8 8 5 8 1 3 0 6 7
    "Greek": frozenset({2, 3, 4, 6, 8, 9, 14, 15, 18, 19}),
    # nga tta ttha dda ddha da pa ra ha u i, a 5, 5, 0, 5, 6, 5, 4, 2, 5, 3 and 5 under a bar
    "Sanskrit": frozenset({5, 11, 12, 13, 14, 18, 21, 27, 33, 36, 37}),
    # 9, 1 or 7, 4, 3 mirrored, open 4, 1 with serifs, crossed 2, 6, open 9, 0, 7, 4
    "Early_Aramaic": frozenset({2, 3, 4, 5, 6, 7, 10, 12, 14, 16, 17, 20}),
    "Tagalog": frozenset({3, 16}),  # 3, 0
    "Balinese": frozenset({5, 14}),  # 7, an open 0 or 7
}
"""Characters (by number) that people draw as they draw a digit; neither trained on nor counted as
non-digits."""


class DatasetMissing(Exception):
    """A file of the data folder is absent or not the file it should be; says which and where it was
    looked for."""


class InkSample(NamedTuple):
    """One drawing of a data set: the digit 0-9 or NOT_A_DIGIT_CLASS, who drew it,
    and its strokes of (x, y), y down."""

    label: int
    writer: str
    strokes: tuple[PointSequence, ...]


@dataclass(frozen=True, slots=True)
class ImageDataset:
    """Pictures (n, 28, 28) uint8 with ink 255 on 0, labels (n,) int64 and the writer's number (n,)
    int32."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    writers: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)


def find_data_dir() -> Path:
    """Return the data folder: DIGITSITE_DATA, or ../shared/data from the project's root. Raises
    DataMissing."""
    named = os.environ.get("DIGITSITE_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        raise DatasetMissing(f"There is no data folder {folder}; set DIGITSITE_DATA.")
    return folder


def load_mnist(part: SplitName) -> ImageDataset:
    """Return one part of MNIST, split by the NIST writer; "test" is the published test set."""
    if part == "test":
        return _load_mnist_files("t10k", "test")
    whole = _load_mnist_files("train", "train")
    chosen = np.isin(whole.writers, list_mnist_writers(part))
    return ImageDataset(whole.images[chosen], whole.labels[chosen], whole.writers[chosen])


def list_mnist_writers(part: SplitName) -> tuple[int, ...]:
    """Return the NIST writers of a part of MNIST's training set.

    The 539 writers are put in the order of the sha256 of "mnist-writer-<number>": the first 60
    validate, the next 30 are kept out, the others train. The order depends on nothing but the
    numbers.
    """
    everyone = sorted(set(_load_mnist_files("train", "train").writers.tolist()), key=_hash_writer)
    first, second = (
        NUM_MNIST_VALIDATION_WRITERS,
        NUM_MNIST_VALIDATION_WRITERS + NUM_MNIST_HOLDOUT_WRITERS,
    )
    parts: dict[SplitName, list[int]] = {
        "validation": everyone[:first],
        "kept_out": everyone[first:second],
        "train": everyone[second:],
    }
    return tuple(sorted(parts[part]))


def load_pen(part: SplitName) -> list[InkSample]:
    """Return the pen digits of one part; the writers of "test" (tr26-tr30) are reported once for
    each release."""
    writers = PEN_WRITERS[part]
    rows = _load_json_lines(PEN_FILE)
    return [
        InkSample(int(r["label"]), r["writer"], _to_tuples(r["strokes"]))
        for r in rows
        if r["writer"] in writers
    ]


def load_nondigits(part: SplitName) -> list[InkSample]:
    """Return characters that are not digits; "test" are the two alphabets that are never trained
    on."""
    inks = []
    for row in _load_json_lines(NONDIGITS_FILE):
        alphabet, number, drawer = (
            row["alphabet"],
            int(row["char"].removeprefix("character")),
            int(row["drawer"]),
        )
        if number in DIGIT_LOOKALIKES[alphabet] or _split_of_nondigit(alphabet, drawer) != part:
            continue
        inks.append(
            InkSample(NOT_A_DIGIT_CLASS, f"{alphabet}-{drawer:02d}", _to_tuples(row["strokes"]))
        )
    return inks


def hash_data_files() -> dict[str, str]:
    """Return the sha256 of every file of DATA_FILES, for the card of a model. Raises
    DataMissing."""
    return {
        name: hashlib.sha256(_find_file(name).read_bytes()).hexdigest()
        for name in sorted(DATA_FILES)
    }


def clear_dataset_cache() -> None:
    """Give back the memory of what was read, hundreds of megabytes; it is read again when asked."""
    _load_mnist_files.cache_clear()
    _load_json_lines.cache_clear()


def _split_of_nondigit(alphabet: str, drawer: int) -> SplitName:
    if alphabet in TEST_ALPHABETS:
        return "test"
    return "validation" if drawer in VALIDATION_DRAWERS else "train"


def _hash_writer(writer: int) -> str:
    return hashlib.sha256(f"mnist-writer-{writer}".encode()).hexdigest()


@cache
def _load_mnist_files(prefix: str, writers_of: str) -> ImageDataset:
    images = np.frombuffer(
        _load_idx(f"{prefix}-images-idx3-ubyte.gz")[16:], dtype=np.uint8
    ).reshape(-1, 28, 28)
    labels = np.frombuffer(_load_idx(f"{prefix}-labels-idx1-ubyte.gz")[8:], dtype=np.uint8).astype(
        np.int64
    )
    with np.load(_find_file(f"mnist/mnist_{writers_of}_writers.npz")) as table:
        writers = table["writer"].astype(np.int32)
    if not len(images) == len(labels) == len(writers):
        raise DatasetMissing("The MNIST files do not belong together: their lengths differ.")
    return ImageDataset(images, labels, writers)


def _load_idx(name: str) -> bytes:
    packed = _find_file(f"mnist/{name}").read_bytes()
    found = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    if found != MNIST_MD5[name]:
        raise DatasetMissing(f"{name} has the md5 {found}, not {MNIST_MD5[name]}.")
    return gzip.decompress(packed)


@cache
def _load_json_lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(_find_file(name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _find_file(name: str) -> Path:
    try:
        path = find_data_dir() / name
        if path.is_file():
            return path
        missing = DatasetMissing(f"{path} is missing.")
    except DatasetMissing as error:
        missing = error
    fetched = find_cache_dir() / name
    if fetched.is_file():
        return fetched
    raise missing


def _to_tuples(strokes: list[list[list[float]]]) -> tuple[PointSequence, ...]:
    return tuple(tuple((float(p[0]), float(p[1])) for p in stroke) for stroke in strokes if stroke)

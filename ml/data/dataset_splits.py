"""Splits of all data sets, by writer, alphabet, word or name: train, validation, holdout and test.

Drawings of one writer, and doodles of one word, are never in two splits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

SplitName = Literal["train", "validation", "holdout", "test"]

NUM_MNIST_VALIDATION_WRITERS = 60
NUM_MNIST_HOLDOUT_WRITERS = 30

PEN_WRITERS: dict[SplitName, tuple[str, ...]] = {
    "train": tuple(f"tr{n:02d}" for n in range(1, 21)),
    "validation": tuple(f"tr{n:02d}" for n in range(21, 26)),
    "test": tuple(f"tr{n:02d}" for n in range(26, 31)),
}

TEST_ALPHABETS = ("Balinese", "Tagalog")
"""Alphabets of the non-digits in the test split."""

VALIDATION_DRAWERS = frozenset({17, 18, 19, 20})
"""Drawers in the validation split of each other alphabet, which numbers its drawers from 1."""

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
"""Characters (by number) that are drawn like a digit; they are in no split."""

UJI_LETTERS_LIKE_DIGITS = frozenset("abgijloqstyzBDGIJLOQSTUYZ")
"""Letters of the UJI set that are drawn like a digit; they are in no split."""

NUM_VALIDATION_WORDS = 32
"""Of the 161 words of the doodles."""

VALIDATION_ICON_FRACTION = 0.1
"""Of the first words of the names of icons: "ad", "ad-off" and "ad-circle" are in one split."""

ICONS_LIKE_DIGITS = frozenset(
    {
        *("blob", "capsule", "circle-small", "ellipse", "lens-convex", "percentage-100"),  # 0
        *("player-record", "squircle", "wash-dryclean"),  # 0
        *("ease-in", "ease-in-out", "ease-out", "italic", "math-integral", "stroke-straight"),  # 1
        *("cane", "radius-top-right"),  # 7
    }
)
"""Icons (by name) that are drawn like a digit; they are in no split."""


def split_mnist_writers(writers: Iterable[int]) -> dict[SplitName, tuple[int, ...]]:
    """Split the 539 NIST writers of MNIST's training set.

    In the order of the sha256 of "mnist-writer-<number>" the first 60 validate, the next 30 are the
    holdout and the others train. The order depends only on the numbers.
    """
    order = sorted(set(writers), key=_hash_writer)
    first = NUM_MNIST_VALIDATION_WRITERS
    second = first + NUM_MNIST_HOLDOUT_WRITERS
    return {
        "validation": tuple(sorted(order[:first])),
        "holdout": tuple(sorted(order[first:second])),
        "train": tuple(sorted(order[second:])),
    }


def find_nondigit_split(alphabet: str, character: int, drawer: int) -> SplitName | None:
    """Return the split of a drawn character. Returns None for one that looks like a digit."""
    if character in DIGIT_LOOKALIKES[alphabet]:
        return None
    if alphabet in TEST_ALPHABETS:
        return "test"
    return "validation" if drawer in VALIDATION_DRAWERS else "train"


def split_doodle_words(words: Iterable[str]) -> dict[SplitName, tuple[str, ...]]:
    """Split the words of the doodles: in the order of the sha256 of "doodle-word-<word>" the first
    NUM_VALIDATION_WORDS validate and the others train."""
    order = sorted(set(words), key=lambda word: _hash(f"doodle-word-{word}"))
    return {
        "validation": tuple(sorted(order[:NUM_VALIDATION_WORDS])),
        "train": tuple(sorted(order[NUM_VALIDATION_WORDS:])),
    }


def find_icon_split(name: str) -> SplitName | None:
    """Return the split of an icon. Returns None for one that looks like a digit."""
    if name in ICONS_LIKE_DIGITS:
        return None
    first_word = name.split("-", 1)[0]
    share = int(_hash(f"icon-{first_word}")[:8], 16) / 16**8
    return "validation" if share < VALIDATION_ICON_FRACTION else "train"


def _hash_writer(writer: int) -> str:
    return _hash(f"mnist-writer-{writer}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

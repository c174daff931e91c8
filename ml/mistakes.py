"""The mistakes a network is surest of, on validation: references into it with the picture seen."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.datasets import CLASSES, load_mnist, load_pen
from ml.evaluation import answer_classes, take_confidence
from ml.inks import Labels, render_inks
from ml.predictor import Predictor
from ml.raster import Raster

IN_EACH_CELL, IN_ALL = 6, 240
"""A cell is one digit taken for one class in one set. 240 pictures are 100 kB of a card."""

Sets = Mapping[str, tuple[Raster, Labels]]


def find_mistakes(predictor: Predictor, sets: Sets | None = None) -> list[dict[str, Any]]:
    """Return the mistakes on sets of digits (MNIST's and the pen's validation), the surest first,
    as many as `choose_spread` keeps.

    `set` and `index` name the drawing in its set; `png` is the picture in base64, ink white on
    black.
    """
    chosen = sets or {"mnist": load_mnist_set(), "pen": render_inks(load_pen("validation"))}
    found = [
        mistake
        for name, (rasters, labels) in chosen.items()
        for mistake in _list_mistakes(predictor, name, rasters, labels)
    ]
    found.sort(key=lambda mistake: -float(mistake["confidence"]))
    cells = [(mistake["set"], mistake["label"], mistake["answer"]) for mistake in found]
    kept = [found[place] for place in choose_spread(cells)]
    return [
        {**mistake, "png": _encode_png(chosen[mistake["set"]][0][mistake["index"]])}
        for mistake in kept
    ]


def load_mnist_set() -> tuple[Raster, Labels]:
    bitmaps = load_mnist("validation")
    return bitmaps.images, bitmaps.labels


def choose_spread(cells: Sequence[Hashable]) -> list[int]:
    """Return the places of at most IN_ALL of these, IN_EACH_CELL of a cell, in their order; no cell
    has its second before every other has its first."""
    seen: Counter[Hashable] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, cell in enumerate(cells):
        ranked.append((seen[cell], place))
        seen[cell] += 1
    kept = sorted(one for one in ranked if one[0] < IN_EACH_CELL)[:IN_ALL]
    return sorted(place for _, place in kept)


def _list_mistakes(
    predictor: Predictor, name: str, rasters: Raster, labels: Labels
) -> list[dict[str, Any]]:
    classes = predictor.compute_probabilities(rasters)
    answers = answer_classes(predictor, classes)
    confidence = take_confidence(classes, answers)
    return [
        {
            "set": name,
            "index": int(index),
            "label": int(labels[index]),
            "answer": CLASSES[answers[index]],
            "confidence": round(float(confidence[index]), 5),
        }
        for index in np.flatnonzero(answers != labels)
    ]


def _encode_png(raster: npt.NDArray[np.uint8]) -> str:
    data = BytesIO()
    Image.fromarray(raster).save(data, "PNG", optimize=True)
    return b64encode(data.getvalue()).decode()

"""The mistakes a network is surest of, on validation: references into it with the picture seen."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.artifacts.model_card import Misclassification
from ml.data.datasets import CLASS_NAMES, load_mnist, load_pen
from ml.data.rendering import render_inks
from ml.evaluation.classification_metrics import predict_classes, select_confidence
from ml.inference.predictor import Predictor
from ml.preprocessing.types import Labels, Raster

MAX_PER_CELL, MAX_TOTAL = 6, 240
"""A cell is one digit taken for one class in one set. 240 pictures are 100 kB of a card."""

LabelledSets = Mapping[str, tuple[Raster, Labels]]


def find_misclassifications(
    predictor: Predictor, sets: LabelledSets | None = None
) -> list[Misclassification]:
    """Return the mistakes on sets of digits (MNIST's and the pen's validation), the surest first,
    as many as `choose_spread` keeps.

    `set` and `index` name the drawing in its set; `png` is the picture in base64, ink white on
    black.
    """
    chosen = sets or {"mnist": load_mnist_validation(), "pen": render_inks(load_pen("validation"))}
    found = [
        mistake
        for name, (rasters, labels) in chosen.items()
        for mistake in _list_misclassifications(predictor, name, rasters, labels)
    ]
    found.sort(key=lambda mistake: -float(mistake["confidence"]))
    cells = [(mistake["set"], mistake["label"], mistake["prediction"]) for mistake in found]
    kept = [found[place] for place in select_across_cells(cells)]
    return [
        {**mistake, "png": _encode_png(chosen[mistake["set"]][0][mistake["index"]])}
        for mistake in kept
    ]


def load_mnist_validation() -> tuple[Raster, Labels]:
    bitmaps = load_mnist("validation")
    return bitmaps.images, bitmaps.labels


def select_across_cells(cells: Sequence[Hashable]) -> list[int]:
    """Return the places of at most IN_ALL of these, IN_EACH_CELL of a cell, in their order; no cell
    has its second before every other has its first."""
    seen: Counter[Hashable] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, cell in enumerate(cells):
        ranked.append((seen[cell], place))
        seen[cell] += 1
    kept = sorted(one for one in ranked if one[0] < MAX_PER_CELL)[:MAX_TOTAL]
    return sorted(place for _, place in kept)


def _list_misclassifications(
    predictor: Predictor, name: str, rasters: Raster, labels: Labels
) -> list[Misclassification]:
    classes = predictor.compute_probabilities(rasters)
    answers = predict_classes(predictor, classes)
    confidence = select_confidence(classes, answers)
    return [
        {
            "set": name,
            "index": int(index),
            "label": int(labels[index]),
            "prediction": CLASS_NAMES[answers[index]],
            "confidence": round(float(confidence[index]), 5),
            "png": "",
        }
        for index in np.flatnonzero(answers != labels)
    ]


def _encode_png(raster: npt.NDArray[np.uint8]) -> str:
    data = BytesIO()
    Image.fromarray(raster).save(data, "PNG", optimize=True)
    return b64encode(data.getvalue()).decode()

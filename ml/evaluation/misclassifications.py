"""Misclassified drawings of the validation sets with the highest confidence, with their images."""

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
from ml.data.render_ink_samples import render_inks
from ml.evaluation.accuracy_ece_auroc import predict_classes, select_confidence
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Labels, Raster

MAX_PER_CELL, MAX_TOTAL = 6, 240
"""A cell is one label, one predicted class and one set. 240 images take 100 kB of a model card."""

LabelledSets = Mapping[str, tuple[Raster, Labels]]


def find_misclassifications(
    predictor: Predictor, sets: LabelledSets | None = None
) -> list[Misclassification]:
    """Return misclassified drawings by decreasing confidence, as selected by select_across_cells.

    The default sets are the validation sets of MNIST and pen. `set` and `index` identify the
    drawing; `png` is its image in base64, ink white on black.
    """
    chosen = sets or {"mnist": load_mnist_validation(), "pen": render_inks(load_pen("validation"))}
    found = [
        one
        for name, (rasters, labels) in chosen.items()
        for one in _list_misclassifications(predictor, name, rasters, labels)
    ]
    found.sort(key=lambda one: -one["confidence"])
    cells = [(one["set"], one["label"], one["prediction"]) for one in found]
    selected = [found[place] for place in select_across_cells(cells)]
    return [{**one, "png": _encode_png(chosen[one["set"]][0][one["index"]])} for one in selected]


def load_mnist_validation() -> tuple[Raster, Labels]:
    mnist = load_mnist("validation")
    return mnist.images, mnist.labels


def select_across_cells(cells: Sequence[Hashable]) -> list[int]:
    """Return the ordered indices of at most MAX_TOTAL entries, MAX_PER_CELL of each cell.

    The second entry of a cell is selected after the first entries of all cells, and so on.
    """
    counts: Counter[Hashable] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, cell in enumerate(cells):
        ranked.append((counts[cell], place))
        counts[cell] += 1
    selected = sorted(one for one in ranked if one[0] < MAX_PER_CELL)[:MAX_TOTAL]
    return sorted(place for _, place in selected)


def _list_misclassifications(
    predictor: Predictor, name: str, rasters: Raster, labels: Labels
) -> list[Misclassification]:
    probabilities = predictor.compute_probabilities(rasters)
    classes = predict_classes(predictor, probabilities)
    confidence = select_confidence(probabilities, classes)
    return [
        {
            "set": name,
            "index": int(index),
            "label": int(labels[index]),
            "prediction": CLASS_NAMES[classes[index]],
            "confidence": round(float(confidence[index]), 5),
            "png": "",
        }
        for index in np.flatnonzero(classes != labels)
    ]


def _encode_png(raster: npt.NDArray[np.uint8]) -> str:
    data = BytesIO()
    Image.fromarray(raster).save(data, "PNG", optimize=True)
    return b64encode(data.getvalue()).decode()

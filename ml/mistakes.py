"""The mistakes a network is surest of, on validation: references into it with the picture seen."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
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

IN_EACH_CELL, IN_ALL = 3, 60


def find_mistakes(predictor: Predictor) -> list[dict[str, Any]]:
    """Return at most IN_ALL mistakes, the surest first, IN_EACH_CELL of one digit taken for one
    class.

    `set` and `index` name the drawing in its validation set; `png` is the picture in base64, ink
    white on black.
    """
    bitmaps, pen = load_mnist("validation"), render_inks(load_pen("validation"))
    found = _list_mistakes(predictor, "mnist", bitmaps.images, bitmaps.labels)
    found += _list_mistakes(predictor, "pen", *pen)
    found.sort(key=lambda mistake: -float(mistake["confidence"]))
    cells: Counter[tuple[int, str]] = Counter()
    kept: list[dict[str, Any]] = []
    for mistake in found:
        cell = (mistake["label"], mistake["answer"])
        cells[cell] += 1
        if cells[cell] <= IN_EACH_CELL and len(kept) < IN_ALL:
            kept.append(mistake)
    return kept


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
            "png": _encode_png(rasters[index]),
        }
        for index in np.flatnonzero(answers != labels)
    ]


def _encode_png(raster: npt.NDArray[np.uint8]) -> str:
    data = BytesIO()
    Image.fromarray(raster).save(data, "PNG", optimize=True)
    return b64encode(data.getvalue()).decode()

"""Strokes traced from bitmaps: they cover the ink, keep loops, and are read as the same digit."""

from pathlib import Path

import numpy as np
import pytest

from ml.data.bitmap_tracing import trace_bitmaps
from ml.data.datasets import load_mnist
from ml.data.epoch_dataset import load_training_data, trace_digits
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import rasterize_many
from tests.ml.conftest import OwnInk


@pytest.mark.parametrize("pen_width", [1.75, 2.75])
def test_a_traced_drawing_looks_like_the_drawing(own_inks: list[OwnInk], pen_width: float) -> None:
    rasters = rasterize_many([ink.strokes for ink in own_inks], pen_width=pen_width)
    traced = rasterize_many(
        [trace.strokes for trace in trace_bitmaps(rasters)], pen_width=pen_width
    )
    pairs = zip(rasters.astype(float), traced.astype(float), strict=True)
    similarity = [np.corrcoef(raster.ravel(), again.ravel())[0, 1] for raster, again in pairs]

    assert min(similarity) > 0.6  # the ink may be centred elsewhere
    assert np.mean(similarity) > 0.85


def test_counts_the_loops_of_a_skeleton() -> None:
    angle = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = np.array([[0.0, -1.0], [0.0, 1.0]])
    eight = [ring, ring + np.array([0.0, 2.0])]
    traces = trace_bitmaps(rasterize_many([[line], [ring], eight]))

    assert [trace.num_loops for trace in traces] == [0, 1, 2]


def test_an_empty_image_has_no_strokes() -> None:
    (trace,) = trace_bitmaps(np.zeros((1, 28, 28), dtype=np.uint8))
    assert trace.strokes == []


def test_traced_digits_are_read_as_their_label(handwriting: Path, predictor: Predictor) -> None:
    mnist = load_mnist("validation")
    inks = trace_digits(mnist, 300)
    digits = [one.digit for one in predictor.predict_many([ink.strokes for ink in inks])]

    assert 0.4 * 300 < len(inks) < 300
    assert {ink.writer for ink in inks} <= {str(writer) for writer in mnist.writers}
    is_read = [digit == ink.label for digit, ink in zip(digits, inks, strict=True)]
    assert np.mean(is_read) > 0.95


def test_only_training_bitmaps_are_traced(handwriting: Path) -> None:
    first, again = (load_training_data(("mnist",), num_traced=40).traced for _ in range(2))
    writers = {str(writer) for writer in load_mnist("train").writers.tolist()}

    assert first == again
    assert 0 < len(first) < 40
    assert {ink.writer for ink in first} <= writers
    assert load_training_data(("mnist",)).traced == []

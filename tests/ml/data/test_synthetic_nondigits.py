"""Synthetic non-digits: reproducible, varied, and rejected by the released model."""

import numpy as np

from ml.data.datasets import InkSample
from ml.data.nondigits_of_digits import concat_drawings, draw_nondigit_of_digits
from ml.data.synthetic_digits import draw_digits
from ml.data.synthetic_nondigits import draw_nondigits, mix_nondigits
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import rasterize, rasterize_many
from tests.ml.conftest import OwnInk


def test_a_seed_reproduces_the_drawings() -> None:
    first, again, other = (rasterize_many(draw_nondigits(60, seed)) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_drawing_has_ink_and_few_are_equal() -> None:
    rasters = rasterize_many(draw_nondigits(300, 6))
    assert rasters.max(axis=(1, 2)).min() > 100
    assert len(np.unique(rasters.reshape(300, -1), axis=0)) > 250


def test_the_released_model_rejects_nondigits(predictor: Predictor) -> None:
    decisions = [p.decision for p in predictor.predict_many(draw_nondigits(400, 7))]
    assert decisions.count("not_a_digit") > 0.95 * 400


def test_mixes_have_strokes_of_two_drawings() -> None:
    lines = [[np.array([[0.0, y], [9.0, y]]) for y in range(count)] for count in (1, 2, 7)]
    rng = np.random.default_rng(2)
    counts = [len(mix_nondigits(lines, rng)) for _ in range(300)]

    assert min(counts) == 2  # a drawing of one stroke twice
    assert max(counts) > 7


def test_nondigits_of_digits_differ_from_the_digits(own_inks: list[OwnInk]) -> None:
    inks = [
        InkSample(ink.label, "own", tuple(tuple((p[0], p[1]) for p in s) for s in ink.strokes))
        for ink in own_inks
    ]
    rng = np.random.default_rng(3)
    rasters = rasterize_many([draw_nondigit_of_digits(inks, rng) for _ in range(200)])
    digits = rasterize_many([ink.strokes for ink in inks])

    assert len(np.unique(rasters.reshape(200, -1), axis=0)) > 150
    assert not {raster.tobytes() for raster in rasters} & {digit.tobytes() for digit in digits}


def test_the_released_model_rejects_nondigits_of_digits(
    predictor: Predictor,
) -> None:
    inks = draw_digits(200, 9)
    rng = np.random.default_rng(4)
    drawings = [draw_nondigit_of_digits(inks, rng) for _ in range(400)]
    decisions = [p.decision for p in predictor.predict_many(drawings)]
    assert decisions.count("not_a_digit") > 0.93 * len(decisions)


def test_the_released_model_rejects_two_joined_digits(
    own_inks: list[OwnInk], predictor: Predictor
) -> None:
    rng = np.random.default_rng(8)
    strokes = [[np.array(stroke)[:, :2] for stroke in ink.strokes] for ink in own_inks]
    pairs = [concat_drawings(strokes[i], strokes[-1 - i], rng) for i in range(len(strokes))]
    decisions = [prediction.decision for prediction in predictor.predict_many(pairs)]

    assert decisions.count("not_a_digit") >= len(pairs) - 1
    left, right = (np.flatnonzero(rasterize(pairs[0]).any(axis=0))[[0, -1]]).tolist()
    assert right - left >= 18

"""Synthetic letters and operators: reproducible, varied, and not read as digits."""

import numpy as np

from ml.data.synthetic_letters import draw_letter
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import rasterize_many


def test_letters_are_reproducible_and_varied() -> None:
    first, again = (
        rasterize_many([draw_letter(rng) for _ in range(200)])
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert np.array_equal(first, again)
    assert len(np.unique(first.reshape(200, -1), axis=0)) == 200
    assert first.max(axis=(1, 2)).min() > 100


def test_the_released_model_rejects_letters(predictor: Predictor) -> None:
    rng = np.random.default_rng(6)
    decisions = [p.decision for p in predictor.predict_many([draw_letter(rng) for _ in range(400)])]

    assert decisions.count("not_a_digit") > 0.9 * 400
    assert decisions.count("digit") < 0.02 * 400

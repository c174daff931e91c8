"""Predictions: one per drawing, decided by the rule of the model card."""

import subprocess
import sys
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from ml.artifacts.model_card import CannotLoadRelease, ModelCard
from ml.inference.predictor import Prediction, Predictor, load_predictor, select_device
from ml.preprocessing.array_types import Raster
from ml.preprocessing.rasterize import CannotRasterize, rasterize, rasterize_many
from tests.ml.conftest import ROOT, OwnInk


class FixedBackend:
    """A backend that returns the same logits for every raster, optionally for too few."""

    name = "fixed"

    def __init__(self, logits: list[float], missing: int = 0) -> None:
        self._logits, self._missing = logits, missing

    def compute_logits(self, rasters: Raster) -> npt.NDArray[np.float32]:
        count = len(rasters) - self._missing
        return np.tile(np.array(self._logits, dtype=np.float32), (count, 1))


def _card(**decision: object) -> ModelCard:
    rule = {
        "rule": "not_a_digit first, then unsure",
        "rejection_threshold": 0.5,
        "confidence_threshold": 0.8,
    }
    card = {
        "name": "fixed",
        "sha256": "f" * 64,
        "temperature": 1.0,
        "decision": {**rule, **decision},
    }
    return cast("ModelCard", card)


def _predict_one(logits: list[float], temperature: float = 1.0) -> Prediction:
    predictor = Predictor({**_card(), "temperature": temperature}, FixedBackend(logits))
    (prediction,) = predictor.predict_rasters(np.zeros((1, 28, 28), dtype=np.uint8))
    return prediction


def test_recognizes_all_own_inks(own_inks: list[OwnInk], predictor: Predictor) -> None:
    predictions = predictor.predict_many([ink.strokes for ink in own_inks])

    assert [p.digit for p in predictions] == [ink.label for ink in own_inks]
    assert {p.decision for p in predictions} == {"digit"}
    for prediction, ink in zip(predictions, own_inks, strict=True):
        assert prediction.raster == rasterize(ink.strokes).tobytes()
        assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-6)
        assert prediction.confidence > 0.9
        assert type(prediction.confidence) is float
        assert type(prediction.digit) is int


def test_rejects_a_scribble_and_a_horizontal_line(predictor: Predictor) -> None:
    scribble = [[[i * 7 % 100, i * 13 % 90] for i in range(40)]]
    line = [[[i, 50 + i % 2] for i in range(0, 200, 4)]]
    for prediction in predictor.predict_many([scribble, line]):
        assert prediction.decision == "not_a_digit"
        assert prediction.digit is None
        assert prediction.confidence >= predictor.rejection_threshold


def test_a_batch_equals_single_drawings(own_inks: list[OwnInk], predictor: Predictor) -> None:
    drawings = [ink.strokes for ink in own_inks] * 20
    batch = predictor.predict_many(drawings)

    assert len(batch) == 320
    for expected, drawing in zip(batch[:16], drawings, strict=False):
        (single,) = predictor.predict_many([drawing])
        assert (single.decision, single.digit) == (expected.decision, expected.digit)
        assert single.probabilities == pytest.approx(expected.probabilities, abs=1e-5)


def test_no_drawings_give_no_predictions(predictor: Predictor) -> None:
    assert predictor.predict_many([]) == []
    assert predictor.predict_rasters(np.empty((0, 28, 28), dtype=np.uint8)) == []


def test_an_empty_drawing_is_an_error(own_inks: list[OwnInk], predictor: Predictor) -> None:
    with pytest.raises(CannotRasterize):
        predictor.predict_many([own_inks[0].strokes, [], own_inks[1].strokes])


@pytest.mark.parametrize(
    "rasters",
    [
        np.zeros((2, 28, 28), dtype=np.float32),
        np.zeros((28, 28), dtype=np.uint8),
        np.zeros((2, 784), dtype=np.uint8),
        np.zeros((2, 1, 28, 28), dtype=np.uint8),
    ],
)
def test_refuses_arrays_of_another_shape_or_type(predictor: Predictor, rasters: Raster) -> None:
    with pytest.raises(ValueError, match="28, 28"):
        predictor.predict_rasters(rasters)


def test_missing_logits_are_an_error(own_inks: list[OwnInk]) -> None:
    rasters = rasterize_many([ink.strokes for ink in own_inks])
    with pytest.raises(RuntimeError, match="16 rasters"):
        Predictor(_card(), FixedBackend([0.0] * 11, missing=1)).predict_rasters(rasters)


def test_decides_digit_unsure_and_not_a_digit() -> None:
    sure = _predict_one([9.0] + [0.0] * 10)
    unsure = _predict_one([1.0, 0.9] + [0.0] * 9)
    nondigit = _predict_one([1.0] * 10 + [9.0])

    assert (sure.decision, sure.digit) == ("digit", 0)
    assert (unsure.decision, unsure.digit) == ("unsure", 0)
    assert (nondigit.decision, nondigit.digit) == ("not_a_digit", None)
    assert nondigit.probabilities == pytest.approx([0.1] * 10)
    assert nondigit.confidence == pytest.approx(np.e**8 / (np.e**8 + 10))


def test_uses_the_temperature_of_the_model_card() -> None:
    cool, warm = _predict_one([2.0] + [0.0] * 10), _predict_one([2.0] + [0.0] * 10, temperature=4.0)

    assert cool.confidence == pytest.approx(np.e**2 / (np.e**2 + 10))
    assert warm.confidence == pytest.approx(np.e**0.5 / (np.e**0.5 + 10))


def test_huge_logits_stay_finite() -> None:
    prediction = _predict_one([1e30] + [-1e30] * 10)
    assert prediction.confidence == 1.0
    assert sum(prediction.probabilities) == 1.0


def test_a_certain_non_digit_has_ten_probabilities() -> None:
    prediction = _predict_one([0.0] * 10 + [1e5])
    assert prediction.decision == "not_a_digit"
    assert sum(prediction.probabilities) == pytest.approx(1)


def test_ten_outputs_never_give_not_a_digit() -> None:
    card = _card(rule="unsure, never not_a_digit", rejection_threshold=None)
    rasters = np.zeros((1, 28, 28), dtype=np.uint8)
    (sure,) = Predictor(card, FixedBackend([9.0] + [0.0] * 9)).predict_rasters(rasters)
    (unsure,) = Predictor(card, FixedBackend([0.0] * 10)).predict_rasters(rasters)

    assert (sure.decision, sure.digit) == ("digit", 0)
    assert unsure.decision == "unsure"
    assert unsure.confidence == pytest.approx(0.1)
    assert sum(sure.probabilities) == pytest.approx(1)
    with pytest.raises(RuntimeError, match="1 rasters"):
        Predictor(card, FixedBackend([0.0] * 11)).predict_rasters(rasters)


def test_refuses_an_unknown_decision_rule() -> None:
    with pytest.raises(CannotLoadRelease, match="rule"):
        Predictor(_card(rule="unknown"), FixedBackend([]))


def test_imports_neither_torch_nor_onnx_on_a_cpu(own_inks: list[OwnInk]) -> None:
    program = """
import sys
from pathlib import Path
from ml.preprocessing.uploaded_image_to_raster import decode_upload
from ml.inference.predictor import load_predictor
predictor = load_predictor(Path("ml/weights/inknet"))
assert predictor.predict_many([[[(0, 0), (1, 40)]]])[0].decision == "digit"
assert predictor.backend.name == "onnxruntime-cpu", predictor.backend.name
print(*sorted({"torch", "onnx", "scipy"} & set(sys.modules)))
"""
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout.strip()) == (0, ""), found.stderr


def test_does_not_select_a_hidden_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert select_device() == "cpu"


def test_knows_its_name_and_sha256(predictor: Predictor, release: Path) -> None:
    assert predictor.name == "inknet"
    assert len(predictor.sha256) == 64
    assert load_predictor(release, "cpu").sha256 == predictor.sha256

"""Measured sections of a model card: layers, robustness, misclassifications, throughput."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ml.architectures import ARCHITECTURES, build_architecture
from ml.cli import WEIGHTS_DIR
from ml.data.datasets import CLASS_NAMES, load_mnist, load_pen
from ml.data.simulated_uploads import UploadStyle, render_as_uploads
from ml.evaluation.misclassifications import (
    MAX_PER_CELL,
    MAX_TOTAL,
    find_misclassifications,
    select_across_cells,
)
from ml.evaluation.model_card_sections import build_training_curves, describe_parameters
from ml.evaluation.robustness import measure_robustness
from ml.evaluation.throughput import measure_throughput
from ml.inference.predictor import Predictor, load_predictor
from ml.preprocessing.rasterize import rasterize


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_layers_add_up_to_the_model(name: str) -> None:
    size = describe_parameters(build_architecture(name))
    layers = size["layers"]

    assert sum(layer["parameters"] for layer in layers) == size["parameters"]
    assert sum(layer["buffers"] for layer in layers) == size["buffers"]
    assert sum(layer["multiply_adds"] for layer in layers) == size["multiply_adds"]
    assert layers[-1]["kind"] == "dense"
    assert layers[-1]["output"] == [11 if name == "inknet" else 10]
    assert not any(layer["kind"][0].isupper() for layer in layers if layer["kind"] != "ReLU")


def test_lenet5_v2_has_the_layers_of_its_original() -> None:
    layers = describe_parameters(build_architecture("lenet5_v2"))["layers"]
    counts = [layer["parameters"] for layer in layers if layer["multiply_adds"]]
    shapes = [layer["output"] for layer in layers if layer["kind"].startswith("convolution")]

    assert counts == [832, 25_600, 18_496, 36_864, 262_144, 32_768, 10_752, 850]
    assert shapes == [[32, 28, 28], [32, 24, 24], [64, 10, 10], [64, 8, 8]]


def test_curves_have_one_value_per_epoch() -> None:
    log = [
        {"epoch": 1, "loss": 0.5, "validation": {"mnist": 0.9}},
        {"epoch": 2, "loss": 0.25, "validation": {"mnist": 0.95}},
    ]
    assert build_training_curves(log) == {
        "epoch": [1, 2],
        "loss": [0.5, 0.25],
        "mnist": [0.9, 0.95],
    }


def test_accuracy_peaks_at_the_normalized_input(handwriting: object) -> None:
    predictor = load_predictor(WEIGHTS_DIR / "fnn", "cpu")
    curves = measure_robustness(predictor)

    assert curves.keys() == {"rotation", "pen_width", "size", "position"}
    for name, normal in {"rotation": 0, "pen_width": 2.25, "size": 20, "position": 0}.items():
        curve = curves[name]
        at = dict(zip(curve["x"], curve["accuracy"], strict=True))
        assert at[normal] == predictor.card["metrics"]["validation"]["pen"]["accuracy"]
        assert at[normal] >= max(at.values()) - 0.02
        assert curve["accuracy"][-1] < at[normal] - 0.02
        assert curve["n"] == 1250


def test_misclassifications_identify_validation_drawings(
    predictor: Predictor, handwriting: object
) -> None:
    drawings = find_misclassifications(predictor)
    mnist, pen = load_mnist("validation"), load_pen("validation")
    confidences = [drawing["confidence"] for drawing in drawings]

    assert 0 < len(drawings) <= MAX_TOTAL
    assert confidences == sorted(confidences, reverse=True)
    for drawing in drawings:
        index, label = drawing["index"], drawing["label"]
        image = np.array(Image.open(BytesIO(b64decode(drawing["png"]))))
        is_mnist = drawing["set"] == "mnist"
        expected = mnist.images[index] if is_mnist else rasterize(pen[index].strokes)
        assert np.array_equal(image, expected)
        assert label == (mnist.labels[index] if is_mnist else pen[index].label)
        assert drawing["prediction"] in CLASS_NAMES
        assert drawing["prediction"] != str(label)
    cells = [(drawing["set"], drawing["label"], drawing["prediction"]) for drawing in drawings]
    assert max(cells.count(cell) for cell in cells) <= MAX_PER_CELL


def test_selects_one_of_each_cell_before_a_second() -> None:
    cells = [(cell, 0) for cell in range(MAX_TOTAL - 1) for _ in range(MAX_PER_CELL + 2)]
    chosen = [cells[place] for place in select_across_cells(cells)]

    assert len(chosen) == MAX_TOTAL
    assert len(set(chosen)) == MAX_TOTAL - 1
    assert select_across_cells(["a"] * 99) == list(range(MAX_PER_CELL))


def test_throughput_has_date_and_backend(predictor: Predictor, handwriting: object) -> None:
    throughput = measure_throughput(predictor, seconds=0.05)

    assert min(throughput["images_per_s"], throughput["drawings_per_s"]) > 0
    assert throughput["backend"] == "onnxruntime-cpu"
    assert throughput["measured_at"].startswith("20")


def test_predicts_uploads_of_any_size(predictor: Predictor, handwriting: object) -> None:
    inks = load_pen("validation")[::60]
    labels = [ink.label for ink in inks]
    for style in (UploadStyle(40, 4), UploadStyle(140, 12), UploadStyle(260, 4)):
        rasters = render_as_uploads(inks, style)
        digits = [prediction.digit for prediction in predictor.predict_rasters(rasters)]
        is_correct = [digit == label for digit, label in zip(digits, labels, strict=True)]
        assert np.mean(is_correct) > 0.9
        assert np.array_equal(rasters, render_as_uploads(inks, style))

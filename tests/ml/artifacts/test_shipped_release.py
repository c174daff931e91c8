"""The released inknet: its model card, its limits, and the same predictions by every backend."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.architectures.layer_summary import count_multiply_adds
from ml.artifacts.model_card import load_model_card
from ml.artifacts.onnx_export import MAX_PARITY_DIFFERENCE, measure_parity
from ml.artifacts.release_storage import load_model
from ml.data.datasets import CLASS_NAMES, describe_splits, hash_data_files, load_mnist, load_pen
from ml.data.render_ink_samples import render_inks, render_rotated
from ml.evaluation.accuracy_ece_auroc import compute_digit_metrics
from ml.evaluation.release_evaluation import format_metrics, load_nondigit_sets
from ml.inference.predictor import Predictor
from ml.inference.torch_backend import TorchBackend


def test_is_within_its_size_limits(release: Path) -> None:
    model, card = load_model(release), load_model_card(release)

    assert card["parameters"] == sum(p.numel() for p in model.parameters()) <= 400_000
    assert card["multiply_adds"] == count_multiply_adds(model) <= 8_000_000


def test_returns_logits_and_features(release: Path) -> None:
    with torch.inference_mode():
        logits, features = load_model(release)(torch.rand(3, 1, 28, 28))
    assert logits.shape == (3, len(CLASS_NAMES))
    assert features.shape == (3, 128)


def test_the_model_card_is_complete(release: Path) -> None:
    card = load_model_card(release)

    assert card["classes"] == list(CLASS_NAMES)
    assert 0.1 < card["temperature"] < 10
    assert 0.5 <= (card["decision"]["rejection_threshold"] or 0) < 1
    assert 0.5 <= card["decision"]["confidence_threshold"] < 1
    assert len(card["code_version"]) == 40
    assert card["training"]["wall_s"] < 100 * 60
    assert card["training"]["config"]["seed"] in card["training"]["seeds"]
    assert {"python", "torch", "onnxruntime", "numpy"} <= card["runtime"].keys()
    assert card["metrics"]["validation"]["mnist"]["n"] == 6812


def test_the_log_has_a_line_per_epoch(release: Path) -> None:
    lines = [json.loads(line) for line in (release / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == load_model_card(release)["training"]["epochs"]


def test_reaches_its_accuracy_goals(release: Path) -> None:
    metrics = load_model_card(release)["metrics"]["test"]

    assert metrics["mnist"]["n"] == 10_000
    assert metrics["mnist"]["accuracy"] >= 0.9955
    assert metrics["pen"]["accuracy"] >= 0.985
    assert metrics["pen_turned"]["accuracy"] >= 0.975
    assert len(format_metrics(metrics)) == len(metrics)


def test_rejects_few_digits(release: Path) -> None:
    metrics = load_model_card(release)["metrics"]["validation"]

    assert metrics["formulas"]["not_a_digit"] <= 0.003
    assert metrics["pen"]["not_a_digit"] <= 0.001


def test_the_model_card_names_data_and_splits(release: Path, handwriting: Path) -> None:
    card = load_model_card(release)
    assert card["data_files"] == hash_data_files()
    assert card["splits"] == describe_splits()


def test_onnx_and_torch_agree_in_float32(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    rasters = np.concatenate(
        [load_mnist("validation").images[:600], render_inks(load_pen("validation")[:400])[0]]
    )
    images = torch.from_numpy(rasters)[:, None].float() / 255
    assert (
        measure_parity(load_model(release), release / "model.onnx", images) <= MAX_PARITY_DIFFERENCE
    )

    other = Predictor(predictor.card, TorchBackend(release, device="cpu", dtype=torch.float32))
    for expected, found in zip(
        predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True
    ):
        assert (expected.decision, expected.digit) == (found.decision, found.digit)
        assert expected.probabilities == pytest.approx(
            found.probabilities, abs=MAX_PARITY_DIFFERENCE
        )


def test_bf16_gives_the_same_decisions(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    """Uses a CPU instead of CUDA, with the same folded weights and rounding."""
    rasters = np.concatenate(
        [
            load_mnist("validation").images,
            render_inks(load_pen("validation"))[0],
            *load_nondigit_sets("validation").values(),
        ]
    )
    other = Predictor(predictor.card, TorchBackend(release, device="cpu"))
    pairs = zip(predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True)
    is_equal = [(a.decision, a.digit) == (b.decision, b.digit) for a, b in pairs]

    assert np.mean(is_equal) >= 0.999


def test_cuda_gives_the_same_decisions(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    rasters = load_mnist("validation").images
    other = Predictor(predictor.card, TorchBackend(release))
    pairs = zip(predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True)
    assert np.mean([(a.decision, a.digit) == (b.decision, b.digit) for a, b in pairs]) >= 0.999


def test_the_metrics_are_reproducible(predictor: Predictor, handwriting: Path) -> None:
    """Compute the metrics of the pen validation set again and compare them with the model card."""
    recorded = predictor.card["metrics"]["validation"]
    for name, (rasters, labels) in {
        "pen": render_inks(load_pen("validation")),
        "pen_turned": render_rotated(load_pen("validation"), 20.0),
    }.items():
        found = compute_digit_metrics(predictor, predictor.compute_probabilities(rasters), labels)
        assert found["n"] == recorded[name]["n"]
        assert found["accuracy"] == pytest.approx(recorded[name]["accuracy"], abs=0.001)


def test_any_batch_size_gives_the_same_logits(release: Path) -> None:
    backend = TorchBackend(release, device="cpu", dtype=torch.float32)
    rasters = np.random.default_rng(5).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    logits = backend.compute_logits(rasters)
    for size in (0, 1, 7, 33, 257):
        found = backend.compute_logits(rasters[:size])
        assert found.shape == (size, 11)
        np.testing.assert_allclose(found, logits[:size], atol=1e-4)

"""The released inknet is what its card says, within the limits it was built for."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.architectures.layer_summary import count_multiply_adds
from ml.artifacts.model_card import load_model_card
from ml.artifacts.onnx_export import MAX_PARITY_DIFFERENCE, measure_parity
from ml.artifacts.release_files import load_model
from ml.data.datasets import CLASS_NAMES, describe_splits, hash_data_files, load_mnist, load_pen
from ml.data.rendering import render_inks, render_rotated
from ml.evaluation.classification_metrics import (
    compute_digit_metrics,
    format_metrics,
    load_nondigit_sets,
)
from ml.inference.predictor import Predictor
from ml.inference.torch_backend import TorchBackend


def test_it_is_as_small_as_promised(release: Path) -> None:
    network, card = load_model(release), load_model_card(release)

    assert card["parameters"] == sum(p.numel() for p in network.parameters()) <= 400_000
    assert card["multiply_adds"] == count_multiply_adds(network) <= 8_000_000


def test_it_gives_logits_and_features(release: Path) -> None:
    with torch.inference_mode():
        logits, features = load_model(release)(torch.rand(3, 1, 28, 28))
    assert logits.shape == (3, len(CLASS_NAMES))
    assert features.shape == (3, 128)


def test_the_card_says_all_it_should(release: Path) -> None:
    card = load_model_card(release)

    assert card["classes"] == list(CLASS_NAMES)
    assert 0.1 < card["temperature"] < 10
    assert 0.5 <= card["verdict"]["not_a_digit_from"] < 1
    assert 0.5 <= card["verdict"]["unsure_below"] < 1
    assert len(card["code_version"]) == 40
    assert card["training"]["wall_s"] < 100 * 60
    assert card["training"]["config"]["seed"] in card["training"]["seeds"]
    assert {"python", "torch", "onnxruntime", "numpy"} <= card["runtime"].keys()
    assert card["figures"]["validation"]["mnist"]["n"] == 6812


def test_the_log_has_a_line_for_each_epoch(release: Path) -> None:
    lines = [json.loads(line) for line in (release / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == load_model_card(release)["training"]["epochs"]


def test_the_first_release_reaches_its_goals(release: Path) -> None:
    figures = load_model_card(release)["figures"]["test"]

    assert figures["mnist"]["n"] == 10_000
    assert figures["mnist"]["accuracy"] >= 0.9960
    assert figures["pen"]["accuracy"] >= 0.985
    assert figures["pen_turned"]["accuracy"] >= 0.975
    assert len(format_metrics(figures)) == len(figures)


def test_data_and_splits_are_those_of_the_card(release: Path, handwriting: Path) -> None:
    card = load_model_card(release)
    assert card["data"] == hash_data_files()
    assert card["splits"] == describe_splits()


def test_onnx_and_torch_answer_alike_in_float32(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    rasters = np.concatenate(
        [load_mnist("validation").images[:600], render_inks(load_pen("validation")[:400])[0]]
    )
    pictures = torch.from_numpy(rasters)[:, None].float() / 255
    assert (
        measure_parity(load_model(release), release / "model.onnx", pictures)
        <= MAX_PARITY_DIFFERENCE
    )

    other = Predictor(predictor.card, TorchBackend(release, device="cpu", dtype=torch.float32))
    for ours, theirs in zip(
        predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True
    ):
        assert (ours.decision, ours.digit) == (theirs.decision, theirs.digit)
        assert ours.probabilities == pytest.approx(theirs.probabilities, abs=MAX_PARITY_DIFFERENCE)


def test_bf16_gives_the_same_verdict(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    """On a CPU, in place of CUDA: the same folded weights and the same rounding."""
    rasters = np.concatenate(
        [
            load_mnist("validation").images,
            render_inks(load_pen("validation"))[0],
            *load_nondigit_sets("validation").values(),
        ]
    )
    other = Predictor(predictor.card, TorchBackend(release, device="cpu"))
    pairs = zip(predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True)
    same = [(a.decision, a.digit) == (b.decision, b.digit) for a, b in pairs]

    assert np.mean(same) >= 0.999


def test_cuda_gives_the_same_verdict(
    predictor: Predictor, release: Path, handwriting: Path
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    rasters = load_mnist("validation").images
    other = Predictor(predictor.card, TorchBackend(release))
    pairs = zip(predictor.predict_rasters(rasters), other.predict_rasters(rasters), strict=True)
    assert np.mean([(a.decision, a.digit) == (b.decision, b.digit) for a, b in pairs]) >= 0.999


def test_the_figures_are_made_by_what_is_released(predictor: Predictor, handwriting: Path) -> None:
    """The pen's validation figures, made anew: the card's must be these."""
    stated = predictor.card["figures"]["validation"]
    for name, (rasters, labels) in {
        "pen": render_inks(load_pen("validation")),
        "pen_turned": render_rotated(load_pen("validation"), 20.0),
    }.items():
        found = compute_digit_metrics(predictor, predictor.compute_probabilities(rasters), labels)
        assert found["n"] == stated[name]["n"]
        assert found["accuracy"] == pytest.approx(stated[name]["accuracy"], abs=0.001)


def test_groups_of_any_size_are_answered_alike(release: Path) -> None:
    backend = TorchBackend(release, device="cpu", dtype=torch.float32)
    rasters = np.random.default_rng(5).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    whole = backend.compute_logits(rasters)
    for size in (0, 1, 7, 33, 257):
        found = backend.compute_logits(rasters[:size])
        assert found.shape == (size, 11)
        np.testing.assert_allclose(found, whole[:size], atol=1e-4)

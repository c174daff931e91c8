"""Every architecture has the size it is said to have, the two outputs, and learns by its recipe."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.architectures import ARCHITECTURES, build_architecture, load_training_config
from ml.data.datasets import ImageDataset, load_mnist
from ml.data.epoch_dataset import TrainingData
from ml.evaluation.validation import ValidationData
from ml.training.train import train

NUM_TRAINABLE = {
    "fnn": 79_510,
    "cnn_xavier": 228_010,
    "kaggle_cnn": 189_058,
    "lenet5_v2": 389_434,
    "mlp": 932_362,
    "sequential8": 1_199_882,
    "inknet": 238_843,
}
NUM_BUFFERS = {"kaggle_cnn": 608, "lenet5_v2": 1_128, "inknet": 1_120}
SMALL = [name for name in ARCHITECTURES if name != "inknet"]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_has_as_many_parameters_as_it_says(name: str) -> None:
    network = build_architecture(name)
    running = [buffer.numel() for buffer in network.buffers() if buffer.ndim]

    assert sum(p.numel() for p in network.parameters()) == NUM_TRAINABLE[name]
    assert sum(running) == NUM_BUFFERS.get(name, 0)


def test_the_second_lenet_counts_as_its_original_did() -> None:
    assert NUM_TRAINABLE["lenet5_v2"] + NUM_BUFFERS["lenet5_v2"] == 390_562


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_gives_logits_and_features(name: str) -> None:
    with torch.inference_mode():
        logits, features = build_architecture(name).eval()(torch.rand(3, 1, 28, 28))

    assert logits.shape == (3, 11 if name == "inknet" else 10)
    assert features.shape[0] == 3
    assert features.ndim == 2


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "leaky_relu"])
def test_an_mlp_may_be_of_any_depth_width_and_activation(activation: str) -> None:
    network = build_architecture("mlp", {"depth": 3, "width": 20, "activation": activation})

    assert sum(p.numel() for p in network.parameters()) == 784 * 20 + 20 + 20 * 20 + 20 + 210
    assert network(torch.rand(2, 1, 28, 28))[0].shape == (2, 10)


@pytest.mark.parametrize("name", SMALL)
def test_it_learns_three_hundred_pictures(name: str, handwriting: object) -> None:
    whole = load_mnist("validation")
    few = ImageDataset(whole.images[:300], whole.labels[:300], whole.writers[:300])
    seen = ValidationData({"mnist": (few.images, few.labels)})
    recipe = replace(
        load_training_config(name), epochs=6, batch_size=16, warmup_epochs=0.5, ema_decay=0.9
    )  # fmt: skip
    result = train(recipe, TrainingData(few, [], []), seen, device="cpu")

    assert result.is_finished
    assert result.reports[-1].loss < result.reports[0].loss
    assert result.reports[-1].validation["mnist"] > 0.8
    assert all(np.isfinite(value.numpy()).all() for value in result.weights.values())

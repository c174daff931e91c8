"""Every architecture: its documented size, its two outputs, and training with its config."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.architectures import ARCHITECTURES, build_architecture, load_training_config
from ml.data.datasets import ImageDataset, load_mnist
from ml.data.epoch_dataset import TrainingData
from ml.evaluation.validation_during_training import ValidationData
from ml.training.train_from_scratch import train

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
def test_has_the_documented_number_of_parameters(name: str) -> None:
    model = build_architecture(name)
    buffers = [buffer.numel() for buffer in model.buffers() if buffer.ndim]

    assert sum(p.numel() for p in model.parameters()) == NUM_TRAINABLE[name]
    assert sum(buffers) == NUM_BUFFERS.get(name, 0)


def test_lenet5_v2_has_as_many_parameters_as_its_original() -> None:
    assert NUM_TRAINABLE["lenet5_v2"] + NUM_BUFFERS["lenet5_v2"] == 390_562


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_returns_logits_and_features(name: str) -> None:
    with torch.inference_mode():
        logits, features = build_architecture(name).eval()(torch.rand(3, 1, 28, 28))

    assert logits.shape == (3, 11 if name == "inknet" else 10)
    assert features.shape[0] == 3
    assert features.ndim == 2


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "leaky_relu"])
def test_an_mlp_has_any_depth_width_and_activation(activation: str) -> None:
    model = build_architecture("mlp", {"depth": 3, "width": 20, "activation": activation})

    assert sum(p.numel() for p in model.parameters()) == 784 * 20 + 20 + 20 * 20 + 20 + 210
    assert model(torch.rand(2, 1, 28, 28))[0].shape == (2, 10)


@pytest.mark.parametrize("name", SMALL)
def test_trains_on_three_hundred_images(name: str, handwriting: object) -> None:
    mnist = load_mnist("validation")
    subset = ImageDataset(mnist.images[:300], mnist.labels[:300], mnist.writers[:300])
    validation = ValidationData({"mnist": (subset.images, subset.labels)})
    config = replace(
        load_training_config(name), epochs=6, batch_size=16, warmup_epochs=0.5, ema_decay=0.9
    )  # fmt: skip
    result = train(config, TrainingData(subset, [], []), validation, device="cpu")

    assert result.is_finished
    assert result.reports[-1].loss < result.reports[0].loss
    assert result.reports[-1].validation["mnist"] > 0.8
    assert all(np.isfinite(value.numpy()).all() for value in result.weights.values())

"""The numpy network: its gradients against finite differences and torch, and a resumed run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ml.architectures import fnn
from ml.data.datasets import ImageDataset
from ml.data.epoch_dataset import TrainingData
from ml.evaluation.validation_during_training import ValidationData
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import TrainingResult, train

DECAY = 0.01  # larger than in training, so that its part of the gradient matters
STEP = 1e-5

RNG = np.random.default_rng(5)
PICTURES = RNG.random((7, 784))
LABELS = RNG.integers(10, size=7)


@pytest.mark.parametrize("name", ["hidden.0.weight", "hidden.0.bias", "head.weight", "head.bias"])
def test_gradients_agree_with_finite_differences(name: str) -> None:
    arrays = fnn.init_weights(np.random.default_rng(1))
    gradients = fnn.compute_gradients(arrays, PICTURES, LABELS, DECAY)[1]
    steepest = np.argsort(-np.abs(gradients[name]).ravel())[:5]
    anywhere = np.random.default_rng(2).integers(arrays[name].size, size=15)

    for place in (*steepest, *anywhere):
        flat = arrays[name].reshape(-1)
        kept = flat[place]
        losses = []
        for shift in (STEP, -STEP):
            flat[place] = kept + shift
            losses.append(fnn.compute_gradients(arrays, PICTURES, LABELS, DECAY)[0])
        flat[place] = kept
        slope = (losses[0] - losses[1]) / (2 * STEP)
        assert gradients[name].reshape(-1)[place] == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_gradients_agree_with_torch() -> None:
    arrays = fnn.init_weights(np.random.default_rng(3))
    network = fnn.build().double()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    logits, _ = network(torch.from_numpy(PICTURES).reshape(-1, 1, 28, 28))
    loss = F.cross_entropy(logits, torch.from_numpy(LABELS))
    torch.autograd.backward(loss)
    ours, gradients = fnn.compute_gradients(arrays, PICTURES, LABELS, 0.0)

    assert ours == pytest.approx(float(loss.detach()))
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert gradients[name] == pytest.approx(parameter.grad.numpy(), abs=1e-12)


def test_weights_have_xavier_initialization() -> None:
    arrays = fnn.init_weights(np.random.default_rng(4))

    assert arrays["hidden.0.weight"].std() == pytest.approx(np.sqrt(2 / 884), rel=0.02)
    assert arrays["head.weight"].std() == pytest.approx(np.sqrt(2 / 110), rel=0.1)
    assert not arrays["hidden.0.bias"].any()


def test_the_learning_rate_decays() -> None:
    rates = [fnn.lr_at(fnn.TRAINING_CONFIG, epoch) for epoch in range(3)]
    assert rates[0] == fnn.TRAINING_CONFIG.peak_lr
    assert rates == sorted(rates, reverse=True)


def test_a_resumed_run_gives_the_same_weights(tmp_path: Path) -> None:
    images = np.random.default_rng(6).integers(0, 256, (96, 28, 28), dtype=np.uint8)
    bitmaps = ImageDataset(images, np.arange(96) % 10, np.arange(96, dtype=np.int32))
    checkpoint, seen = tmp_path / "run.pt", list[EpochReport]()
    batches = iter(range(9))

    def run(**options: object) -> TrainingResult:
        known = ValidationData({"mnist": (images, bitmaps.labels)})
        config = replace(fnn.TRAINING_CONFIG, epochs=3)
        return train(config, TrainingData(bitmaps, [], []), known, **options)  # type: ignore[arg-type]

    unbroken = run()
    first = run(
        checkpoint=checkpoint,
        on_epoch=seen.append,
        should_stop=lambda: bool(seen) and next(batches) == 1,
    )
    second = run(checkpoint=checkpoint, on_epoch=seen.append)

    assert (first.is_finished, len(first.reports), second.is_finished) == (False, 1, True)
    assert [report.epoch for report in seen] == [1, 2, 3]
    assert all(torch.equal(second.weights[n], unbroken.weights[n]) for n in unbroken.weights)

"""Training from scratch: reports, determinism, resumption, cooldown and learning."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ml.data import epoch_dataset
from ml.data.epoch_dataset import (
    EMPTY_IMAGE_DATASET,
    FULL_STRENGTH,
    WEAK_STRENGTH,
    EpochBuilder,
    TrainingData,
)
from ml.evaluation.validation_during_training import ValidationData
from ml.training.checkpoint import CannotResume
from ml.training.epoch_report import EpochReport
from ml.training.train_from_scratch import TrainingResult, train
from ml.training_config import TrainingConfig

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(
    epochs=2,
    cooldown_epochs=0,
    batch_size=16,
    renderings_per_digit=2,
    renderings_per_nondigit=1,
    num_synthetic_nondigits=12,
    num_synthetic_digits=10,
    num_nondigits_of_digits=4,
    warmup_epochs=0.5,
    ema_decay=0.9,
)

RunTraining = Callable[..., TrainingResult]


@pytest.fixture(scope="module")
def data(few_data: TrainingData) -> TrainingData:
    return few_data


@pytest.fixture(scope="module")
def validation(data: TrainingData) -> ValidationData:
    return ValidationData({"mnist": (data.bitmaps.images, data.bitmaps.labels)})


@pytest.fixture(scope="module")
def run_training(data: TrainingData, validation: ValidationData) -> RunTraining:
    def run(config: TrainingConfig = CONFIG, **options: Any) -> TrainingResult:
        return train(config, data, validation, device="cpu", **options)

    return run


@pytest.fixture(scope="module")
def uninterrupted_result(run_training: RunTraining) -> TrainingResult:
    return run_training()


def _have_equal_weights(first: TrainingResult, second: TrainingResult) -> bool:
    names = first.weights.keys()
    return names == second.weights.keys() and all(
        torch.equal(first.weights[name], second.weights[name]) for name in names
    )


def test_reports_each_epoch(uninterrupted_result: TrainingResult) -> None:
    assert uninterrupted_result.is_finished
    assert [report.epoch for report in uninterrupted_result.reports] == [1, 2]
    for report in uninterrupted_result.reports:
        assert report.epochs == 2
        assert 0 < report.loss < 10
        assert report.wall_s > 0
        assert 0 <= report.validation["mnist"] <= 1
    assert uninterrupted_result.reports[-1].lr < CONFIG.peak_lr / 2


def test_same_seed_gives_the_same_weights(
    run_training: RunTraining, uninterrupted_result: TrainingResult
) -> None:
    assert _have_equal_weights(run_training(), uninterrupted_result)
    other = run_training(replace(CONFIG, seed=2))
    assert not _have_equal_weights(other, uninterrupted_result)


def test_resumed_run_equals_an_uninterrupted_one(
    run_training: RunTraining, uninterrupted_result: TrainingResult, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "deep" / "run.pt"
    reports: list[EpochReport] = []
    batches = iter(range(100))
    first = run_training(
        on_epoch=reports.append,
        should_stop=lambda: bool(reports) and next(batches) == 2,
        checkpoint=checkpoint,
    )
    assert (first.is_finished, len(first.reports)) == (False, 1)

    second = run_training(on_epoch=reports.append, checkpoint=checkpoint)

    assert second.is_finished
    assert [report.epoch for report in reports] == [1, 2]
    assert [r.loss for r in second.reports] == [r.loss for r in uninterrupted_result.reports]
    assert _have_equal_weights(second, uninterrupted_result)


def test_cooldown_epochs_have_their_own_lr_and_augmentation(
    run_training: RunTraining, uninterrupted_result: TrainingResult, data: TrainingData
) -> None:
    config = replace(CONFIG, cooldown_epochs=2, cooldown_lr=1e-4, cooldown_strength=0.5)
    result = run_training(config)
    before, cooldown = map(EpochBuilder(config, data).build, (1, 2))

    assert [report.epoch for report in result.reports] == [1, 2, 3, 4]
    assert result.reports[1].loss == uninterrupted_result.reports[1].loss
    assert max(report.lr for report in result.reports[2:]) <= 1e-4
    assert float(cooldown.strength.max()) == 0.5 * float(before.strength.max())
    assert not _have_equal_weights(result, uninterrupted_result)


def test_finished_run_is_not_repeated(run_training: RunTraining, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    first = run_training(checkpoint=checkpoint)
    second = run_training(checkpoint=checkpoint, on_epoch=lambda report: pytest.fail("trained"))

    assert _have_equal_weights(first, second)


def test_refuses_a_checkpoint_of_another_config(run_training: RunTraining, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    run_training(checkpoint=checkpoint)
    with pytest.raises(CannotResume) as refusal:
        run_training(replace(CONFIG, peak_lr=1.0), checkpoint=checkpoint)
    assert refusal.value.code == "checkpoint_mismatch"


def test_failed_save_keeps_the_last_checkpoint(
    run_training: RunTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = tmp_path / "run.pt"
    original = torch.save

    def fail_on_second(state: dict[str, Any], file: Any) -> None:
        if state["epoch"] == 2:
            raise OSError("No space left on device")
        original(state, file)

    monkeypatch.setattr(torch, "save", fail_on_second)
    with pytest.raises(OSError, match="No space"):
        run_training(checkpoint=checkpoint)
    monkeypatch.undo()

    assert run_training(checkpoint=checkpoint).is_finished


def test_overfits_a_few_drawings(data: TrainingData) -> None:
    inks = TrainingData(EMPTY_IMAGE_DATASET, data.digits, data.nondigits)
    config = replace(CONFIG, epochs=10, renderings_per_digit=16, num_synthetic_nondigits=64)
    dataset = EpochBuilder(config, inks).build(99)
    validation = ValidationData({"own": (dataset.images.numpy(), dataset.labels.numpy())})
    result = train(config, inks, validation, device="cpu")

    assert result.reports[-1].validation["own"] > 0.9
    assert result.reports[-1].loss < result.reports[0].loss / 2


def test_epoch_data_set_follows_the_config(data: TrainingData) -> None:
    dataset, again, later = (EpochBuilder(CONFIG, data).build(epoch) for epoch in (0, 0, 1))

    assert len(dataset.labels) == len(dataset.images) == len(dataset.strength)
    assert len(dataset.labels) == 24 + 2 * 16 + 10 + 1 + 12 + 4
    assert int((dataset.labels == 10).sum()) == 1 + 12 + 4
    assert set(dataset.strength[:24].tolist()) <= {FULL_STRENGTH, WEAK_STRENGTH}
    assert torch.equal(dataset.images, again.images)
    assert not torch.equal(dataset.images, later.images)


def test_epochs_share_renderings(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    original = epoch_dataset.render_strokes

    def count(config: TrainingConfig, data: TrainingData, rendering: int) -> Any:
        rendered.append(rendering)
        return original(config, data, rendering)

    monkeypatch.setattr(epoch_dataset, "render_strokes", count)
    config = replace(CONFIG, epochs_per_rendering=2)
    first, second, third = map(EpochBuilder(config, data).build, (0, 1, 2))
    resumed = EpochBuilder(config, data).build(1)

    assert rendered == [0, 1, 0]
    assert torch.equal(first.images[24:], second.images[24:])
    assert not torch.equal(second.images[24:], third.images[24:])
    assert not torch.equal(first.labels[:24], second.labels[:24])
    assert torch.equal(second.images, resumed.images)

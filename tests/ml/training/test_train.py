"""Training is a function that can be watched, stopped and resumed, and that learns."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ml.config import TrainingConfig
from ml.data.datasets import ImageDataset
from ml.data.epoch_dataset import FULL_STRENGTH, WEAK_STRENGTH, TrainingData, build_epoch_dataset
from ml.evaluation.validation import ValidationData
from ml.training.train import CannotResume, TrainingEpochReport, TrainingResult, train

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(
    epochs=2,
    cooldown_epochs=0,
    batch_size=16,
    renderings_per_digit=2,
    renderings_per_nondigit=1,
    num_synthetic_nondigits=12,
    num_joined_digits=4,
    warmup_epochs=0.5,
    ema_decay=0.9,
)

Start = Callable[..., TrainingResult]


@pytest.fixture(scope="module")
def data(few_data: TrainingData) -> TrainingData:
    return few_data


@pytest.fixture(scope="module")
def validation(data: TrainingData) -> ValidationData:
    return ValidationData({"mnist": (data.bitmaps.images, data.bitmaps.labels)})


@pytest.fixture(scope="module")
def start(data: TrainingData, validation: ValidationData) -> Start:
    def run(config: TrainingConfig = CONFIG, **options: Any) -> TrainingResult:
        return train(config, data, validation, device="cpu", **options)

    return run


@pytest.fixture(scope="module")
def uninterrupted_result(start: Start) -> TrainingResult:
    return start()


def _same(first: TrainingResult, second: TrainingResult) -> bool:
    names = first.weights.keys()
    return names == second.weights.keys() and all(
        torch.equal(first.weights[name], second.weights[name]) for name in names
    )


def test_it_reports_every_epoch(uninterrupted_result: TrainingResult) -> None:
    assert uninterrupted_result.is_finished
    assert [report.epoch for report in uninterrupted_result.reports] == [1, 2]
    for report in uninterrupted_result.reports:
        assert report.epochs == 2
        assert 0 < report.loss < 10
        assert report.wall_s > 0
        assert 0 <= report.validation["mnist"] <= 1
    assert uninterrupted_result.reports[-1].rate < CONFIG.peak_lr / 2


def test_the_same_seed_gives_the_same_weights(
    start: Start, uninterrupted_result: TrainingResult
) -> None:
    other = start(replace(CONFIG, seed=2))

    assert _same(start(), uninterrupted_result)
    assert not _same(other, uninterrupted_result)


def test_a_stopped_run_goes_on_as_if_nothing_had_happened(
    start: Start, uninterrupted_result: TrainingResult, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "deep" / "run.pt"
    seen: list[TrainingEpochReport] = []
    batches = iter(range(100))
    first = start(
        on_epoch=seen.append,
        should_stop=lambda: bool(seen) and next(batches) == 2,
        checkpoint=checkpoint,
    )
    assert (first.is_finished, len(first.reports)) == (False, 1)

    second = start(on_epoch=seen.append, checkpoint=checkpoint)

    assert second.is_finished
    assert [report.epoch for report in seen] == [1, 2]
    assert [r.loss for r in second.reports] == [r.loss for r in uninterrupted_result.reports]
    assert _same(second, uninterrupted_result)


def test_calm_epochs_follow_with_a_rate_and_changes_of_their_own(
    start: Start, uninterrupted_result: TrainingResult, data: TrainingData
) -> None:
    config = replace(CONFIG, cooldown_epochs=2, cooldown_lr=1e-4, cooldown_strength=0.5)
    result = start(config)
    calm, before = build_epoch_dataset(config, data, 2), build_epoch_dataset(config, data, 1)

    assert [report.epoch for report in result.reports] == [1, 2, 3, 4]
    assert result.reports[1].loss == uninterrupted_result.reports[1].loss
    assert max(report.rate for report in result.reports[2:]) <= 1e-4
    assert float(calm.strength.max()) == 0.5 * float(before.strength.max())
    assert not _same(result, uninterrupted_result)


def test_a_finished_run_is_not_done_again(start: Start, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    first = start(checkpoint=checkpoint)
    second = start(checkpoint=checkpoint, on_epoch=lambda report: pytest.fail("trained again"))

    assert _same(first, second)


def test_a_checkpoint_of_another_configuration_is_refused(start: Start, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    start(checkpoint=checkpoint)
    with pytest.raises(CannotResume, match="configuration"):
        start(replace(CONFIG, peak_lr=1.0), checkpoint=checkpoint)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x04N."])
def test_a_damaged_checkpoint_is_refused(start: Start, tmp_path: Path, content: bytes) -> None:
    checkpoint = tmp_path / "run.pt"
    checkpoint.write_bytes(content)
    with pytest.raises(CannotResume, match=r"run\.pt"):
        start(checkpoint=checkpoint)


def test_a_save_that_fails_leaves_the_last_checkpoint(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = tmp_path / "run.pt"
    whole = torch.save

    def fail_on_second(state: dict[str, Any], file: Any) -> None:
        if state["epoch"] == 2:
            raise OSError("No space left on device")
        whole(state, file)

    monkeypatch.setattr(torch, "save", fail_on_second)
    with pytest.raises(OSError, match="No space"):
        start(checkpoint=checkpoint)
    monkeypatch.undo()

    assert start(checkpoint=checkpoint).is_finished


def test_it_learns_a_few_drawings_by_heart(data: TrainingData) -> None:
    own = ImageDataset(data.bitmaps.images[:0], data.bitmaps.labels[:0], data.bitmaps.writers[:0])
    inks = TrainingData(own, data.digits, data.nondigits)
    config = replace(CONFIG, epochs=10, renderings_per_digit=16, num_synthetic_nondigits=64)
    pool = build_epoch_dataset(config, inks, 99)
    seen = ValidationData({"own": (pool.images.numpy(), pool.labels.numpy())})
    result = train(config, inks, seen, device="cpu")

    assert result.reports[-1].validation["own"] > 0.9
    assert result.reports[-1].loss < result.reports[0].loss / 2


def test_the_pool_holds_what_the_configuration_says(data: TrainingData) -> None:
    pool, again, later = (build_epoch_dataset(CONFIG, data, epoch) for epoch in (0, 0, 1))

    assert len(pool.labels) == len(pool.images) == len(pool.strength) == 24 + 2 * 16 + 1 + 12 + 4
    assert int((pool.labels == 10).sum()) == 1 + 12 + 4
    assert set(pool.strength[:24].tolist()) <= {FULL_STRENGTH, WEAK_STRENGTH}
    assert torch.equal(pool.images, again.images)
    assert not torch.equal(pool.images, later.images)

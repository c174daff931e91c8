"""Retraining: the release, resumption, progress, distillation and failures."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml.artifacts.model_card import load_model_card
from ml.data.epoch_dataset import EMPTY_IMAGE_DATASET, TrainingData
from ml.data.render_ink_samples import render_inks
from ml.data.synthetic_digits import draw_digits
from ml.evaluation.validation_during_training import ValidationData
from ml.inference.predictor import load_predictor
from ml.retraining.rehearsal_data import RehearsalData
from ml.retraining.retrain import CHECKPOINT_FILE, retrain
from ml.retraining.retraining_config import (
    CannotRetrain,
    FineTuningConfig,
    LabelledDrawing,
    RetrainingConfig,
    StepReport,
)
from ml.training.epoch_report import EpochReport
from ml.training.trainer import TrainingStopped

pytestmark = pytest.mark.slow

TUNING = FineTuningConfig(
    rehearsal_images=240, rehearsal_nondigits=40, max_repetitions=2, batch_size=32
)
CONFIG = RetrainingConfig(epochs=2, rehearsal="synthetic", tuning=TUNING)
MLP = replace(CONFIG, architecture="mlp")

RunRetraining = Callable[..., Path]


@pytest.fixture(scope="module")
def data() -> RehearsalData:
    inks = draw_digits(120, 1)
    sets = {"synthetic": render_inks(draw_digits(60, 2))}
    sets["generated"] = (np.zeros((4, 28, 28), dtype=np.uint8), np.full(4, 10))
    return RehearsalData(
        "synthetic", TrainingData(EMPTY_IMAGE_DATASET, inks, []), ValidationData(sets)
    )


@pytest.fixture(scope="module")
def drawings() -> list[LabelledDrawing]:
    inks = draw_digits(60, 3)
    drawn = [
        LabelledDrawing(
            ink.label, f"user {number % 6}", strokes=ink.strokes, drawing_id=str(number)
        )
        for number, ink in enumerate(inks)
    ]
    return [*drawn, LabelledDrawing(10, "user 1", strokes=[[[0, 0, 5], [9, 9, 6]]]), _upload(4)]


def _upload(label: int) -> LabelledDrawing:
    raster = np.zeros((28, 28), dtype=np.uint8)
    raster[4:24, 12:16] = 255
    return LabelledDrawing(label, "user 2", raster=raster.tobytes())


@pytest.fixture(scope="module")
def run_retraining(data: RehearsalData, drawings: list[LabelledDrawing]) -> RunRetraining:
    def run(folder: Path, config: RetrainingConfig = MLP, **options: Any) -> Path:
        return retrain(
            config, options.pop("drawings", drawings), folder=folder, **{"data": data, **options}
        )

    return run


@pytest.fixture(scope="module")
def uninterrupted_result(
    run_retraining: RunRetraining, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return run_retraining(tmp_path_factory.mktemp("uninterrupted"))


def _stop_in_second_epoch(reports: list[EpochReport]) -> Callable[[], bool]:
    steps = count()
    return lambda: bool(reports) and next(steps) == 2


@pytest.fixture
def stopped_run(run_retraining: RunRetraining, tmp_path: Path) -> Path:
    """The folder of a run with a checkpoint of its first epoch."""
    reports: list[EpochReport] = []
    with pytest.raises(TrainingStopped):
        run_retraining(
            tmp_path, on_epoch=reports.append, should_stop=_stop_in_second_epoch(reports)
        )
    assert [report.epoch for report in reports] == [1]
    return tmp_path


def test_ten_class_model_trains_without_nondigits(
    uninterrupted_result: Path,
) -> None:
    card = load_model_card(uninterrupted_result)

    assert card["architecture"] == "mlp"
    assert len(card["classes"]) == 10
    assert card["data"]["drawings"] == 61
    assert card["data"]["rehearsal"] == "synthetic"
    assert card["training"]["seeds"] == [1]
    assert len(card["training"]["curves"]["loss"]) == 2
    assert card["metrics"]["validation"]["synthetic"]["n"] == 60
    assert card["metrics"]["validation"]["calibration"]["bins"]
    assert {curve["set"] for curve in card["robustness"].values()} <= {"pen", "synthetic"}
    assert {mistake["set"] for mistake in card["misclassifications"]} == {"synthetic"}
    assert card["throughput"]["images_per_s"] > 0
    assert load_predictor(uninterrupted_result, "cpu").sha256 == card["sha256"]


def test_resumed_run_equals_an_uninterrupted_one(
    run_retraining: RunRetraining, uninterrupted_result: Path, stopped_run: Path
) -> None:
    reports: list[EpochReport] = []

    release = run_retraining(stopped_run, on_epoch=reports.append)

    assert [report.epoch for report in reports] == [1, 2]
    assert load_model_card(release)["sha256"] == load_model_card(uninterrupted_result)["sha256"]
    assert (
        load_model_card(release)["training"]["curves"]
        == load_model_card(uninterrupted_result)["training"]["curves"]
    )


def test_reports_steps_and_epochs(run_retraining: RunRetraining, tmp_path: Path) -> None:
    steps: list[StepReport] = []
    reports: list[EpochReport] = []
    with pytest.raises(TrainingStopped):
        run_retraining(
            tmp_path,
            on_step=steps.append,
            on_epoch=reports.append,
            should_stop=lambda: len(reports) == 1,
        )

    assert (steps[0].epoch, steps[0].epochs, steps[0].step) == (1, 2, 0)
    done = steps[-1]
    assert done.step == done.steps
    assert done.remaining_s > 0
    assert 0 < reports[0].loss < 10
    assert 0 <= reports[0].accuracy <= 1
    assert len(reports[0].by_digit) == 10
    assert reports[0].validation.keys() == {"synthetic"}


def test_refuses_a_changed_checkpoint(run_retraining: RunRetraining, stopped_run: Path) -> None:
    path = stopped_run / CHECKPOINT_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(CannotRetrain) as refusal:
        run_retraining(stopped_run)
    assert refusal.value.code == "checkpoint_corrupt"


def test_refuses_a_checkpoint_with_other_drawings(
    run_retraining: RunRetraining, drawings: list[LabelledDrawing], stopped_run: Path
) -> None:
    with pytest.raises(CannotRetrain) as refusal:
        run_retraining(stopped_run, drawings=drawings[:-1])
    assert refusal.value.code == "checkpoint_mismatch"


def test_model_card_texts_do_not_invalidate_a_checkpoint(
    run_retraining: RunRetraining, stopped_run: Path
) -> None:
    reports: list[EpochReport] = []
    run_retraining(stopped_run, replace(MLP, note="New note."), on_epoch=reports.append)
    assert [report.epoch for report in reports] == [1, 2]


@pytest.mark.parametrize(
    ("labels", "code"),
    [([], "no_training_data"), ([10, 10], "no_training_data"), ([4, 4, 10], "single_class"),
     ([4, 11], "invalid_drawing")],
)  # fmt: skip
def test_refuses_unusable_drawings(
    run_retraining: RunRetraining, tmp_path: Path, labels: list[int], code: str
) -> None:
    with pytest.raises(CannotRetrain) as refusal:
        run_retraining(tmp_path, drawings=[_upload(label) for label in labels])
    assert refusal.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("distillation_weight", [0.0, 1.0])
def test_distillation_keeps_the_predictions_of_the_base(
    run_retraining: RunRetraining,
    uninterrupted_result: Path,
    data: RehearsalData,
    tmp_path: Path,
    distillation_weight: float,
) -> None:
    wrong = [ink._replace(label=(ink.label + 1) % 10) for ink in data.training.digits]
    misled = replace(data, training=replace(data.training, digits=wrong))
    tuning = replace(TUNING, distillation_weight=distillation_weight)
    config = replace(MLP, epochs=3, tuning=tuning, max_user_fraction=0.001)
    reports: list[EpochReport] = []
    with pytest.raises(TrainingStopped):
        run_retraining(
            tmp_path,
            config,
            base=uninterrupted_result,
            data=misled,
            on_epoch=reports.append,
            should_stop=lambda: len(reports) == 2,
        )

    assert (reports[-1].accuracy > 0.5) == (distillation_weight == 1)


def test_infinite_loss_ends_the_run(run_retraining: RunRetraining, tmp_path: Path) -> None:
    wild = replace(MLP, tuning=replace(TUNING, peak_lr=1e30, warmup_epochs=0))
    with pytest.raises(CannotRetrain) as refusal:
        run_retraining(tmp_path, wild)
    assert refusal.value.code == "diverged"


def test_full_disk_keeps_the_last_checkpoint(
    run_retraining: RunRetraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs: Iterator[int] = count()
    original = torch.save

    def fail_on_second(state: Any, file: Any) -> None:
        if next(epochs) == 1:
            raise OSError(28, "No space left on device")
        original(state, file)

    monkeypatch.setattr(torch, "save", fail_on_second)
    with pytest.raises(CannotRetrain) as refusal:
        run_retraining(tmp_path)

    assert refusal.value.code == "disk_full"
    assert not (tmp_path / "release").exists()
    monkeypatch.undo()
    reports: list[EpochReport] = []
    run_retraining(tmp_path, on_epoch=reports.append)
    assert [report.epoch for report in reports] == [1, 2]

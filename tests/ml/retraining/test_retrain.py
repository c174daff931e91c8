"""A network learns from people's drawings, keeps what it knew, and says why when it cannot."""

import json
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
from ml.data.rendering import render_inks
from ml.data.synthetic_digits import draw_digits
from ml.evaluation.validation import ValidationData
from ml.inference.predictor import load_predictor
from ml.retraining.rehearsal import RehearsalData
from ml.retraining.retrain import (
    CannotRetrain,
    LabelledDrawing,
    RetrainingConfig,
    RetrainingEpochReport,
    RetrainingStopped,
    StepReport,
    retrain,
)
from ml.retraining.retraining_config import FineTuningConfig

pytestmark = pytest.mark.slow

TUNING = FineTuningConfig(rehearsed=240, rehearsal_nondigits=40, max_repetitions=2, batch_size=32)
REQUEST = RetrainingConfig(epochs=2, rehearsal="synthetic", tuning=TUNING)
MLP = replace(REQUEST, architecture="mlp")

Start = Callable[..., Path]


@pytest.fixture(scope="module")
def data() -> RehearsalData:
    inks = draw_digits(120, 1)
    sets = {"synthetic": render_inks(draw_digits(60, 2))}
    sets["generated"] = (np.zeros((4, 28, 28), dtype=np.uint8), np.full(4, 10))
    return RehearsalData(
        "synthetic", TrainingData(EMPTY_IMAGE_DATASET, inks, []), ValidationData(sets)
    )


@pytest.fixture(scope="module")
def samples() -> list[LabelledDrawing]:
    inks = draw_digits(60, 3)
    drawn = [
        LabelledDrawing(
            ink.label, f"person {number % 6}", strokes=ink.strokes, drawing_id=str(number)
        )
        for number, ink in enumerate(inks)
    ]
    return [*drawn, LabelledDrawing(10, "person 1", strokes=[[[0, 0, 5], [9, 9, 6]]]), _picture(4)]


def _picture(label: int) -> LabelledDrawing:
    raster = np.zeros((28, 28), dtype=np.uint8)
    raster[4:24, 12:16] = 255
    return LabelledDrawing(label, "person 2", raster=raster.tobytes())


@pytest.fixture(scope="module")
def start(data: RehearsalData, samples: list[LabelledDrawing]) -> Start:
    def run(folder: Path, request: RetrainingConfig = MLP, **options: Any) -> Path:
        return retrain(
            request, options.pop("samples", samples), folder=folder, **{"data": data, **options}
        )

    return run


@pytest.fixture(scope="module")
def uninterrupted_result(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return start(tmp_path_factory.mktemp("unbroken"))


def _stop_in_second_epoch(seen: list[RetrainingEpochReport]) -> Callable[[], bool]:
    steps = count()
    return lambda: bool(seen) and next(steps) == 2


def test_another_architecture_learns_from_scratch_without_what_is_no_digit(
    uninterrupted_result: Path,
) -> None:
    card = load_model_card(uninterrupted_result)

    assert card["architecture"] == "mlp"
    assert len(card["classes"]) == 10
    assert card["data"]["drawings"] == 61
    assert card["data"]["rehearsal"] == "synthetic"
    assert card["training"]["seeds"] == [1]
    assert len(card["training"]["curves"]["loss"]) == 2
    assert card["figures"]["validation"]["synthetic"]["n"] == 60
    assert card["figures"]["validation"]["calibration"]["bins"]
    assert {curve["set"] for curve in card["robustness"].values()} <= {"pen", "synthetic"}
    assert {mistake["set"] for mistake in card["mistakes"]} == {"synthetic"}
    assert card["speed"]["images_per_s"] > 0
    assert load_predictor(uninterrupted_result, "cpu").sha256 == card["sha256"]


def test_a_stopped_run_goes_on_as_if_nothing_had_happened(
    start: Start, uninterrupted_result: Path, tmp_path: Path
) -> None:
    seen: list[RetrainingEpochReport] = []
    with pytest.raises(RetrainingStopped):
        start(tmp_path, on_epoch=seen.append, should_stop=_stop_in_second_epoch(seen))
    assert [report.epoch for report in seen] == [1]

    release = start(tmp_path, on_epoch=seen.append)

    assert [report.epoch for report in seen] == [1, 1, 2]
    assert load_model_card(release)["sha256"] == load_model_card(uninterrupted_result)["sha256"]
    assert (
        load_model_card(release)["training"]["curves"]
        == load_model_card(uninterrupted_result)["training"]["curves"]
    )


def test_progress_is_told_with_the_time_left(start: Start, tmp_path: Path) -> None:
    steps: list[StepReport] = []
    reports: list[RetrainingEpochReport] = []
    with pytest.raises(RetrainingStopped):
        start(
            tmp_path,
            on_step=steps.append,
            on_epoch=reports.append,
            should_stop=lambda: len(reports) == 1,
        )

    assert (steps[0].epoch, steps[0].epochs, steps[0].step) == (1, 2, 0)
    done = steps[-1]
    assert done.step == done.steps
    assert done.left_s > 0
    assert 0 < reports[0].loss < 10
    assert 0 <= reports[0].accuracy <= 1
    assert len(reports[0].by_digit) == 10
    assert reports[0].validation.keys() == {"synthetic"}


@pytest.mark.parametrize("altered", ["checkpoint-1.pt", "checkpoint.json"])
def test_an_altered_checkpoint_is_refused(start: Start, tmp_path: Path, altered: str) -> None:
    seen: list[RetrainingEpochReport] = []
    with pytest.raises(RetrainingStopped):
        start(tmp_path, on_epoch=seen.append, should_stop=_stop_in_second_epoch(seen))
    path = tmp_path / "checkpoint" / altered
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(CannotRetrain) as refusal:
        start(tmp_path)
    assert refusal.value.code == "checkpoint_corrupt"


def test_a_checkpoint_of_another_run_is_refused(
    start: Start, samples: list[LabelledDrawing], tmp_path: Path
) -> None:
    seen: list[RetrainingEpochReport] = []
    with pytest.raises(RetrainingStopped):
        start(tmp_path, on_epoch=seen.append, should_stop=_stop_in_second_epoch(seen))

    with pytest.raises(CannotRetrain) as refusal:
        start(tmp_path, samples=samples[:-1])
    assert refusal.value.code == "checkpoint_mismatch"


@pytest.mark.parametrize(
    ("labels", "code"),
    [([], "no_training_data"), ([10, 10], "no_training_data"), ([4, 4, 10], "single_class"),
     ([4, 11], "invalid_drawing")],
)  # fmt: skip
def test_it_refuses_what_teaches_nothing(
    start: Start, tmp_path: Path, labels: list[int], code: str
) -> None:
    with pytest.raises(CannotRetrain) as refusal:
        start(tmp_path, samples=[_picture(label) for label in labels])
    assert refusal.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("distillation_weight", [0.0, 1.0])
def test_the_answers_of_the_base_network_are_kept_in_mind(
    start: Start,
    uninterrupted_result: Path,
    data: RehearsalData,
    tmp_path: Path,
    distillation_weight: float,
) -> None:
    wrong = [ink._replace(label=(ink.label + 1) % 10) for ink in data.training.digits]
    misled = replace(data, training=replace(data.training, digits=wrong))
    tuning = replace(TUNING, distillation_weight=distillation_weight)
    request = replace(MLP, epochs=3, tuning=tuning, max_user_fraction=0.001)
    seen: list[RetrainingEpochReport] = []
    with pytest.raises(RetrainingStopped):
        start(
            tmp_path,
            request,
            base=uninterrupted_result,
            data=misled,
            on_epoch=seen.append,
            should_stop=lambda: len(seen) == 2,
        )

    assert (seen[-1].accuracy > 0.5) == (distillation_weight == 1)


def test_a_loss_that_is_no_number_ends_the_run(start: Start, tmp_path: Path) -> None:
    wild = replace(MLP, tuning=replace(TUNING, peak_lr=1e30, warmup_epochs=0))
    with pytest.raises(CannotRetrain) as refusal:
        start(tmp_path, wild)
    assert refusal.value.code == "diverged"


def test_a_full_disk_is_said_and_leaves_the_last_epoch(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs: Iterator[int] = count()
    whole = torch.save

    def fail_on_second(state: Any, file: Any) -> None:
        if next(epochs) == 1:
            raise OSError(28, "No space left on device")
        whole(state, file)

    monkeypatch.setattr(torch, "save", fail_on_second)
    with pytest.raises(CannotRetrain) as refusal:
        start(tmp_path)

    assert refusal.value.code == "disk_full"
    assert json.loads((tmp_path / "checkpoint" / "checkpoint.json").read_text())["epoch"] == 1
    assert not (tmp_path / "release").exists()

"""A network that is taught learns what its teachers answer, of what they have seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.epoch import Epoch, prepare_epoch
from ml.pool import TrainingData
from ml.predictor import Predictor
from ml.recipe import TrainingConfig
from ml.teaching import ask_teachers, load_teachers

TAUGHT = TrainingConfig(
    teachers=("inknet", "lenet5_v2"),
    cycle=2,
    pen_renderings=1,
    generated_nondigits=4,
    joined_digits=0,
)


@pytest.fixture(scope="module")
def data(few_data: TrainingData) -> TrainingData:
    return few_data


@pytest.fixture(scope="module")
def teachers() -> list[Predictor]:
    return load_teachers(TAUGHT.teachers)


def prepare(
    config: TrainingConfig,
    data: TrainingData,
    number: int,
    teachers: list[Predictor],
    folder: Path | None = None,
) -> Epoch:
    return prepare_epoch(
        config, data, number, teachers=teachers, device=torch.device("cpu"), folder=folder
    )


def test_ten_outputs_are_asked_about_bitmaps_alone(teachers: list[Predictor]) -> None:
    rasters = np.random.default_rng(3).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    inknet, lenet5 = (teacher.compute_probabilities(rasters) for teacher in teachers)

    both = ask_teachers(teachers, rasters, bitmaps=4)
    alone = ask_teachers(teachers[1:], rasters, bitmaps=4)

    np.testing.assert_allclose(both[:4], (inknet[:4] + lenet5[:4]) / 2)
    np.testing.assert_allclose(both[4:], inknet[4:])
    np.testing.assert_allclose(alone[:4], lenet5[:4])
    assert not alone[4:].any()


def test_targets_are_labels_and_answers_by_their_shares(
    data: TrainingData, teachers: list[Predictor]
) -> None:
    plain = prepare(TAUGHT, data, 0, [])
    taught = prepare(TAUGHT, data, 0, teachers)
    answers = ask_teachers(teachers, plain.images.numpy(), len(data.bitmaps))

    assert torch.equal(plain.images, taught.images)
    assert set(plain.targets.sum(dim=1).tolist()) == {1.0}
    wanted = 0.3 * plain.targets.double() + 0.7 * torch.from_numpy(answers)
    torch.testing.assert_close(taught.targets.double(), wanted, atol=1e-3, rtol=0)


def test_pictures_come_again_after_a_cycle_whatever_the_seed(
    data: TrainingData, teachers: list[Predictor], tmp_path: Path
) -> None:
    first = prepare(TAUGHT, data, 0, teachers, tmp_path)
    second = prepare(TAUGHT, data, 1, teachers, tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = prepare(replace(TAUGHT, seed=7, epochs=9), data, 2, teachers, tmp_path)

    assert torch.equal(first.images, again.images)
    assert torch.equal(first.targets, again.targets)
    assert not torch.equal(first.images, second.images)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == kept


def test_kept_pictures_are_not_taken_for_those_of_others(
    data: TrainingData, teachers: list[Predictor], tmp_path: Path
) -> None:
    taught = prepare(TAUGHT, data, 0, teachers, tmp_path)
    by_one = prepare(TAUGHT, data, 0, teachers[:1], tmp_path)
    wider = prepare(
        replace(TAUGHT, strokes=replace(TAUGHT.strokes, rotation=90.0)), data, 0, teachers, tmp_path
    )

    assert not torch.equal(taught.targets, by_one.targets)
    assert not torch.equal(taught.images, wider.images)

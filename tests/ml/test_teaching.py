"""A network that is taught learns what its teachers answer, of what they have seen."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ml.checkpoint import load_network
from ml.epoch import Epoch, prepare_epoch
from ml.pool import TrainingData
from ml.predictor import Predictor
from ml.recipe import TrainingConfig
from ml.teaching import WEIGHTS_FOLDER, load_teachers, name_release
from ml.training import train
from ml.validation import ValidationData

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


def test_targets_are_labels_and_answers_by_their_shares(
    data: TrainingData, teachers: list[Predictor]
) -> None:
    plain = prepare(TAUGHT, data, 0, [])
    taught = prepare(TAUGHT, data, 0, teachers)
    bitmaps = len(data.bitmaps)
    inknet, lenet5 = (t.compute_probabilities(plain.images.numpy()[:bitmaps]) for t in teachers)

    assert torch.equal(plain.images, taught.images)
    assert set(plain.targets.sum(dim=1).tolist()) == {1.0}
    answers = torch.from_numpy(inknet + lenet5) / 2
    wanted = 0.3 * plain.targets[:bitmaps].double() + 0.7 * answers
    torch.testing.assert_close(taught.targets[:bitmaps].double(), wanted, atol=1e-3, rtol=0)
    assert torch.equal(taught.targets[bitmaps:], plain.targets[bitmaps:])


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


def test_a_run_begins_from_the_release_its_recipe_names(
    data: TrainingData, few_seen: ValidationData
) -> None:
    config = TrainingConfig(
        architecture="mlp", start="mlp", epochs=1, calm_epochs=0, batch_size=8, peak_rate=1e-9,
        pen_renderings=1, generated_nondigits=0, joined_digits=0,
    )  # fmt: skip
    digits = TrainingData(data.bitmaps, data.digits, [])
    further = train(config, digits, few_seen, device="cpu")
    released = load_network(WEIGHTS_FOLDER / "mlp").state_dict()

    assert further.learnt_from == (name_release("mlp"),)
    for name, weights in released.items():
        torch.testing.assert_close(further.weights[name], weights, atol=1e-4, rtol=1e-3)


@pytest.fixture
def few_seen(data: TrainingData) -> ValidationData:
    return ValidationData({"mnist": (data.bitmaps.images, data.bitmaps.labels)})

"""Checkpoints: round trip, refusals, and the id of a run."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch

from ml.training.checkpoint import (
    CannotResume,
    compute_run_id,
    load_checkpoint,
    save_checkpoint,
)


@dataclass(frozen=True)
class _Augmentation:
    rotation: float = 30.0
    shift: tuple[int, int] = (1, 2)


@dataclass(frozen=True)
class _Config:
    seed: int = 1
    augmentation: _Augmentation = field(default_factory=_Augmentation)


@dataclass(frozen=True)
class _ExtendedConfig(_Config):
    momentum: float = 0.9


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "new" / "run.pt", "id", {"epoch": 3, "weight": torch.ones(2)})
    return tmp_path / "new" / "run.pt"


def test_loads_what_was_saved(checkpoint: Path) -> None:
    state = load_checkpoint(checkpoint, "id")

    assert state is not None
    assert (state["epoch"], state["weight"].tolist()) == (3, [1, 1])
    assert [path.name for path in checkpoint.parent.iterdir()] == ["run.pt"]


def test_missing_checkpoint_is_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "run.pt", "id") is None


def test_refuses_a_checkpoint_of_another_run(checkpoint: Path) -> None:
    with pytest.raises(CannotResume) as refusal:
        load_checkpoint(checkpoint, "other")
    assert refusal.value.code == "checkpoint_mismatch"


@pytest.mark.parametrize("position", [0, 31, 32, 200, -1])
def test_refuses_a_changed_checkpoint(checkpoint: Path, position: int) -> None:
    content = bytearray(checkpoint.read_bytes())
    content[position] ^= 1
    checkpoint.write_bytes(content)
    with pytest.raises(CannotResume) as refusal:
        load_checkpoint(checkpoint, "id")
    assert refusal.value.code == "checkpoint_corrupt"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x04N."])
def test_refuses_a_file_that_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.pt").write_bytes(content)
    with pytest.raises(CannotResume) as refusal:
        load_checkpoint(tmp_path / "run.pt", "id")
    assert refusal.value.code == "checkpoint_corrupt"


def test_run_id_depends_on_values_and_inputs() -> None:
    config = _Config(seed=2)
    ids = [
        compute_run_id(config),
        compute_run_id(config, "base"),
        compute_run_id(_Config()),
        compute_run_id(replace(config, augmentation=_Augmentation(shift=(2, 1)))),
    ]

    assert len(set(ids)) == len(ids)
    assert compute_run_id(_Config(seed=2)) == ids[0]


def test_run_id_survives_a_new_field_with_a_default() -> None:
    earlier = compute_run_id(_Config(seed=2))
    assert compute_run_id(_ExtendedConfig(seed=2)) == earlier
    assert compute_run_id(_ExtendedConfig(seed=2, momentum=0.8)) != earlier

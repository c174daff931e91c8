"""Failures of a training process: the run has an error code, and the champion keeps serving."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.models import ModelVersion, RunStatus, Snapshot, SnapshotDrawing, TrainingRun, User
from recognizer.registry.artifact_store import fetch_model
from recognizer.registry.promotion import load_champion, promote_default_model
from tests.api.factories import make_model_version
from tests.fixtures.skip_policy import NO_MOUNTS_REASON
from tests.training.factories import make_run
from tests.training.fork_server import ForkServer
from tests.training.test_run_requests import SHIPPED
from tests.training.trainer_runs import reap_trainer, run_log, start_trainer, train_to_end, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def serving(transactional_db: None, runs_folder: Path) -> Iterator[ModelVersion]:
    """Return the champion, and check afterwards that it still serves and no version was added."""
    version = promote_default_model(SHIPPED)
    yield version
    assert load_champion() == version
    assert not ModelVersion.objects.exclude(pk__in=[version.pk, make_model_version().pk]).exists()


def _make_mlp_run(snapshot: Snapshot, **fields: object) -> TrainingRun:
    return make_run(snapshot, **{"architecture": "mlp", **fields})


def _has_failed(run: TrainingRun, code: str) -> bool:
    assert (run.status, run.error, run.model) == (RunStatus.FAILED, code, None), run.detail
    assert run.detail
    assert run.ended_at
    return not (Path(settings.STATE_DIR) / "runs" / str(run.pk)).exists()


def test_refuses_a_corrupt_checkpoint(
    fork_server: ForkServer, snapshot: Snapshot, serving: ModelVersion, runs_folder: Path
) -> None:
    run = _make_mlp_run(snapshot, epochs=200)
    child = start_trainer(fork_server, run)
    wait_for(run, lambda run: run.epoch >= 2, "it trains")
    child.kill()
    reap_trainer(run, child)
    saved = next((runs_folder / str(run.pk)).rglob("checkpoint.pt"))
    with saved.open("r+b") as file:
        file.seek(saved.stat().st_size // 2)
        changed = bytes([file.read(1)[0] ^ 1])
        file.seek(-1, os.SEEK_CUR)
        file.write(changed)
    train_to_end(fork_server, run)
    assert _has_failed(run, "checkpoint_corrupt")


def test_restart_excludes_users_who_withdrew_consent(
    fork_server: ForkServer, snapshot: Snapshot, teaching_users: list[User], runs_folder: Path
) -> None:
    run = _make_mlp_run(snapshot, epochs=20)
    child = start_trainer(fork_server, run)
    wait_for(run, lambda run: run.epoch >= 2, "it trains")
    child.kill()
    reap_trainer(run, child)
    set_teaching_consent(user=teaching_users[0], may_teach=False)
    train_to_end(fork_server, run)
    assert (run.status, run.epoch) == (RunStatus.SUCCEEDED, 20), run.detail
    assert run.model
    assert run.model.card["data"]["drawings"] == 4
    assert any("Training restarts" in line for line in run_log(run))


@pytest.fixture
def full_disk(runs_folder: Path) -> Iterator[Path]:
    """Mount a file system that is too small for a checkpoint of inknet."""
    runs_folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(runs_folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip(NO_MOUNTS_REASON)
    yield runs_folder
    subprocess.run(["umount", str(runs_folder)], check=True)


def test_a_full_disk_leaves_no_half_written_file(
    fork_server: ForkServer, snapshot: Snapshot, serving: ModelVersion, full_disk: Path
) -> None:
    run = _make_mlp_run(snapshot, architecture="inknet")
    train_to_end(fork_server, run)
    assert _has_failed(run, "disk_full")
    assert list(full_disk.rglob("*")) == []


def test_refuses_a_snapshot_with_one_remaining_digit(
    fork_server: ForkServer, snapshot: Snapshot, serving: ModelVersion
) -> None:
    SnapshotDrawing.objects.filter(items__label=4).update(erased_at="2026-01-01T00:00:00Z")
    run = _make_mlp_run(snapshot)
    train_to_end(fork_server, run)
    assert _has_failed(run, "single_class")


def test_refuses_a_snapshot_without_remaining_drawings(
    fork_server: ForkServer, snapshot: Snapshot, serving: ModelVersion
) -> None:
    SnapshotDrawing.objects.update(erased_at="2026-01-01T00:00:00Z")
    run = _make_mlp_run(snapshot)
    train_to_end(fork_server, run)
    assert _has_failed(run, "no_training_data")


@pytest.mark.parametrize("place", ["storage", "copy"])
def test_refuses_a_base_with_altered_files(
    fork_server: ForkServer, snapshot: Snapshot, serving: ModelVersion, place: str
) -> None:
    """Alter the files in the storage, or in the local copy."""
    copies = Path(settings.STATE_DIR) / "models"
    shutil.rmtree(copies / serving.sha256, ignore_errors=True)
    folder = fetch_model(serving, copies)
    if place == "storage":
        shutil.rmtree(folder)
        folder = Path(settings.MEDIA_ROOT) / serving.folder
    weights = folder / "weights.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + b"x")
    run = _make_mlp_run(snapshot, architecture="inknet", base=serving)
    train_to_end(fork_server, run)
    weights.write_bytes(content)
    assert _has_failed(run, "base_model_unusable")

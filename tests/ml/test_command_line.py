"""The command line `python -m ml`."""

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from ml.artifacts.model_card import load_model_card
from ml.cli import format_epoch, main
from ml.training.config_from_options import build_config
from ml.training.epoch_report import EpochReport
from ml.training_config import TrainingConfig
from tests.ml.conftest import ROOT

pytestmark = pytest.mark.slow


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ml", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_the_commands() -> None:
    process = _run("--help")
    assert process.returncode == 0
    assert all(command in process.stdout for command in ("train", "average", "evaluate"))


def test_missing_data_prints_one_sentence(tmp_path: Path) -> None:
    process = _run("evaluate", DIGITSITE_DATA=str(tmp_path / "nowhere"))
    assert process.returncode == 1
    assert "nowhere" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_missing_release_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "no/such/release"]) == 1
    assert "no/such/release" in capsys.readouterr().err


def test_refuses_an_unknown_architecture() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["train", "no_such_net"])
    assert refused.value.code == 2


def test_refuses_an_unknown_training_number() -> None:
    with pytest.raises(SystemExit, match="no_such_number"):
        main(["train", "mlp", "--set", "no_such_number=1"])
    with pytest.raises(SystemExit, match="no_such_angle"):
        main(["train", "mlp", "--set", "pictures.no_such_angle=1"])


def test_sets_numbers_of_the_configuration_and_of_its_parts() -> None:
    options = Namespace(
        architecture="inknet", shape=None, base=["mnist"], epochs=3, seed=None,
        numbers=["peak_lr=1.5e-3", "max_bitmaps=100", "pictures.rotation=15"],
    )  # fmt: skip
    config = build_config(options)

    assert (config.base, config.epochs, config.max_bitmaps) == (("mnist",), 3, 100)
    assert config.peak_lr == 1.5e-3
    assert config.pictures == replace(TrainingConfig().pictures, rotation=15)


def test_export_keeps_the_version(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "inknet"
    shutil.copytree(release, copy)

    assert main(["export", str(copy)]) == 0
    assert load_model_card(copy)["sha256"] == load_model_card(release)["sha256"]
    assert capsys.readouterr().out.startswith("inknet@" + load_model_card(release)["sha256"][:12])


def test_evaluate_prints_each_set_with_its_interval(
    handwriting: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "inknet"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("validation\n  mnist")
    assert all(
        word in output for word in ("pen_turned", "n 6812", "ECE", "formulas", "letters", "doodles")
    )
    assert "where digits are rejected 0.1%:" in output


def test_progress_has_the_remaining_time() -> None:
    report = EpochReport(30, 100, 0.36, 0.003, 30.0, {"mnist": 0.9931}, 0.9931, [])
    line = format_epoch(report)
    assert "epoch 30/100" in line
    assert "mnist 99.31%" in line
    assert "35 min left" in line

"""Sweeps: trials on the validation set, continuation, and the report."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ml.data.dataset_splits import SplitName
from ml.data.datasets import ImageDataset, load_mnist
from ml.tuning.sweep import SweepConfig, run_sweep
from ml.tuning.sweep_report import TUNED_PARAMS

SMALL_SWEEP = SweepConfig(trials=3, images=300, epochs=(2, 3), width=(16, 32), depth=(2, 3))
CIRCLE = "{http://www.w3.org/2000/svg}circle"

pytestmark = pytest.mark.usefixtures("handwriting")


def test_continues_and_writes_a_table_and_a_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits: set[SplitName] = set()
    trials: list[Any] = []

    def load_and_record(split: SplitName) -> ImageDataset:
        splits.add(split)
        return load_mnist(split)

    monkeypatch.setattr("ml.tuning.sweep.load_mnist", load_and_record)
    stopped = run_sweep(
        SMALL_SWEEP, tmp_path, on_trial=trials.append, should_stop=lambda: len(trials) == 1
    )
    continued = run_sweep(SMALL_SWEEP, tmp_path, on_trial=trials.append)
    again = run_sweep(SMALL_SWEEP, tmp_path, on_trial=trials.append)

    assert (stopped, continued, again) == (False, True, True)
    assert [trial.number for trial in trials] == [0, 1, 2]
    assert splits == {"train", "validation"}
    rows = json.loads((tmp_path / "trials.json").read_text())["trials"]
    assert [row["trial"] for row in rows] == [0, 1, 2]
    assert len({row["weight_decay"] for row in rows}) == 3
    for row in rows:
        assert 0.05 < row["accuracy"] < 1
        assert all(name in row for name in TUNED_PARAMS)
    assert (tmp_path / "trials.md").read_text().count("\n| ") == 1 + len(rows)
    chart = ElementTree.fromstring((tmp_path / "trials.svg").read_text())
    assert len(chart.findall(f".//{CIRCLE}")) == 5 * len(rows) + 4


def test_discards_a_stopped_trial(tmp_path: Path) -> None:
    calls = iter(range(100))
    assert not run_sweep(SMALL_SWEEP, tmp_path, should_stop=lambda: next(calls) >= 2)
    assert not (tmp_path / "trials.json").exists()

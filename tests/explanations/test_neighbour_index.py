"""The index of training drawings: failures and memory."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ml.data import datasets
from ml.explain.nearest_neighbours import NeighbourIndex
from ml.inference.embedder import Embedder
from recognizer.explanations.explanation_inputs import EXAMPLE_INKS
from tests.fixtures.site_process import wait_until
from workers.explain import neighbour_index_build
from workers.explain.neighbour_index_build import IndexListener, request_index

Results = list[tuple[NeighbourIndex | None, Exception | None]]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The ten examples replace the pen digits."""
    path = tmp_path / "data" / "pendigits" / "train.jsonl.gz"
    path.parent.mkdir(parents=True)
    rows = [
        {"label": digit, "writer": "tr01", "strokes": strokes}
        for digit, strokes in enumerate(EXAMPLE_INKS)
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path / "data"))
    datasets.clear_dataset_cache()


def build_index(folder: Path) -> tuple[NeighbourIndex | None, Exception | None]:
    ends: Results = []
    listener = IndexListener(
        lambda done, of: None, lambda index, error: ends.append((index, error))
    )
    request_index(
        folder, embedder=Embedder(settings.DEFAULT_MODEL_DIR), datasets=("pen",), listener=listener
    )
    wait_until(lambda: bool(ends), within_s=30, what="it is made")
    return ends[0]


@pytest.mark.usefixtures("data")
def test_hidden_models_are_unloaded(tmp_path: Path) -> None:
    index, _ = build_index(tmp_path / "indexes" / "one")
    assert index is not None
    assert len(index) == 10
    assert datasets._load_json_lines.cache_info().currsize == 0


@pytest.mark.usefixtures("data")
def test_a_failed_model_is_retried_after_an_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(*args: Any, **kwargs: Any) -> None:
        tried.append(1)
        raise OSError(28, "No space left on device")

    folder = tmp_path / "indexes" / "one"
    with monkeypatch.context() as full:
        full.setattr(neighbour_index_build, "build_neighbour_index", fail)
        for _ in range(3):
            assert "No space left" in str(build_index(folder)[1])
        assert len(tried) == 1
        full.setattr(neighbour_index_build, "RETRY_INTERVAL_S", 0)
        build_index(folder)
        assert len(tried) == 2
    monkeypatch.setattr(neighbour_index_build, "RETRY_INTERVAL_S", 0)
    assert build_index(folder)[1] is None

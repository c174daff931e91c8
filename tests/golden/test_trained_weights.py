"""Weights of each trainer after two epochs from a fixed seed.

The last bits depend on the CPU, so sums and norms of each layer are compared within
a tolerance. The exact sha256 is printed, next to the recorded one if that is of the same CPU.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.fixtures.metrics import PrintMetric
from tests.golden.conftest import is_recording, read_expected, write_expected
from tests.golden.subjects import CONFIGS, REQUESTS, Weights, retrain_weights, train_weights

TOLERANCE = 2e-4
"""Of a layer's norm. Without AVX the MLP and the FNN differ by 1e-6, a retrained MLP on a CPU with
AVX2 only by 1.2e-4, with 1.001 times the learning rate by 9e-4."""

TOLERANCE_FROM_BASE = 2e-2
"""Of how far a layer moved. Without AVX it differs by 1e-2, with a label smoothing of 0.051 instead
of 0.05 by 5e-1."""

pytestmark = pytest.mark.usefixtures("plain_cpu")


@pytest.fixture
def plain_cpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """float32 on one thread, without the data folder."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("DIGITSITE_DATA", str(tmp_path))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", CONFIGS)
def test_training_gives_the_recorded_weights(name: str, print_metric: PrintMetric) -> None:
    _check(f"weights_trained_{name}", train_weights(name), print_metric)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", REQUESTS)
def test_retraining_gives_the_recorded_weights(
    name: str, tmp_path: Path, print_metric: PrintMetric
) -> None:
    _check(f"weights_retrained_{name}", retrain_weights(name, tmp_path), print_metric)


def _check(name: str, weights: Weights, print_metric: PrintMetric) -> None:
    sha256, machine = _hash(weights), _describe_machine()
    found = {layer: _summarize(value) for layer, value in weights.items()}
    if is_recording():
        write_expected(name, {"layers": found, "sha256": {machine: sha256}})
    expected = read_expected(name)
    recorded = expected["sha256"].get(machine, "on another machine")
    is_same = "as recorded" if sha256 == recorded else f"RECORDED: {recorded}"
    print_metric(f"sha256 {sha256} {is_same}")
    layers = expected["layers"]
    assert found.keys() == layers.keys()
    tolerance = TOLERANCE_FROM_BASE if "_from_base" in name else TOLERANCE
    distances = {layer: _distance(found[layer], layers[layer]) for layer in found}
    assert {layer: it for layer, it in distances.items() if it > tolerance} == {}


def _summarize(value: Any) -> dict[str, Any]:
    """Shape, norm, sum, and a sum that notices values in other places."""
    flat = np.asarray(value, dtype=np.float64).ravel()
    return {
        "shape": list(value.shape),
        "norm": float(f"{np.linalg.norm(flat):.9g}"),
        "sum": float(f"{flat.sum():.9g}"),
        "wave": float(f"{flat @ np.cos(0.7 * np.arange(len(flat))):.9g}"),
    }


def _distance(found: dict[str, Any], expected: dict[str, Any]) -> float:
    """The largest difference, as a part of the layer's norm; infinite for another shape."""
    if found["shape"] != expected["shape"]:
        return float("inf")
    whole: float = max(expected["norm"], 1e-6)
    return max(abs(float(found[key] - expected[key])) for key in ("norm", "sum", "wave")) / whole


def _hash(weights: Weights) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()


def _describe_machine() -> str:
    """Return the CPU features and library versions that affect the last bits."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    flags = re.search(r"^flags\s*:(.*)$", text, re.M)
    features = hashlib.sha256(flags[1].encode() if flags else b"").hexdigest()[:8]
    return f"CPU features {features}, torch {torch.__version__}, numpy {np.__version__}"

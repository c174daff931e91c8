"""Inference throughput: `python -m bench.inference_throughput [RELEASE] [--batch 32 128]`.

On one core, in turns: rendering, the forward pass, both together, and the forward pass of a fixed
reference model, which makes runs on different machines comparable. Then the utilization of the
core, and of a CUDA device if available, by the forward pass. With `--than OTHER` the exit status
tells whether rendering and forward pass together are slower than another release's in the same
turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch

from bench.harness.result_table import print_goal
from bench.harness.roofline import count_work, format_utilization, measure_limits, time_calls
from bench.harness.sample_drawings import describe_inks, load_inks
from ml.artifacts.release_storage import load_model
from ml.cli import WEIGHTS_DIR
from ml.inference.predictor import Backend, load_predictor
from ml.preprocessing.array_types import Raster, Strokes
from ml.preprocessing.rasterize import rasterize_many

REFERENCE_DIR = WEIGHTS_DIR / "lenet5_v2"
TARGET_PER_S = 5_000
MIN_RATIO = 0.97
"""Of the other release's rate, median of the turns: equal models differ by up to 3 %."""

MAX_BATCH_SIZES = {"cpu": 128, "cuda": 4096}

Call = Callable[[], object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", nargs="?", type=Path, default=WEIGHTS_DIR / "inknet")
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8, 32, 128])
    parser.add_argument("--turns", type=int, default=41)
    parser.add_argument("--than", type=Path, help="another release, measured in the same turns")
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = load_inks()
    inks: list[Strokes] = [json.loads(text) for text in texts]
    print(describe_inks(texts))
    print(f"µs per drawing, median of {options.turns} turns (fastest – slowest)")
    rates = [_compare(options.release, inks, size, options.turns) for size in options.batch]
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for device in devices:
        _print_limits(options.release, rasterize_many(inks), device)
    print_goal("drawings/s", max(rates), least=TARGET_PER_S)
    if options.than:
        ratio = _compare_releases(options.release, options.than, inks, options.turns)
        print_goal("rate / rate of the other release", ratio, least=MIN_RATIO)
        return 0 if ratio >= MIN_RATIO else 1
    return 0 if max(rates) >= TARGET_PER_S else 1


def _compare(release: Path, inks: list[Strokes], size: int, turns: int) -> float:
    """Print the times of one batch size; return the drawings per second of rendering and forward
    pass together."""
    predictor, reference = load_predictor(release, "cpu"), load_predictor(REFERENCE_DIR, "cpu")
    drawings = [inks[n % len(inks)] for n in range(size)]
    rasters = rasterize_many(drawings)
    times_by_name = _time_interleaved(
        {
            "rendering": partial(rasterize_many, drawings),
            "forward": partial(predictor.backend.compute_logits, rasters),
            "together": partial(_render_and_forward, predictor.backend, drawings),
            "with decisions": partial(predictor.predict_many, drawings),
            f"forward of {reference.name}": partial(reference.backend.compute_logits, rasters),
        },
        turns,
    )
    print(f"batch {size}, {predictor.name}@{predictor.sha256[:12]} on {predictor.backend.name}")
    for name, times in times_by_name.items():
        us = [seconds / size * 1e6 for seconds in times]
        middle = statistics.median(us)
        print(f"  {name:22} {middle:7.1f} ({min(us):.1f} – {max(us):.1f})  {1e6 / middle:8,.0f}/s")
    return size / statistics.median(times_by_name["together"])


def _compare_releases(release: Path, other: Path, inks: list[Strokes], turns: int) -> float:
    """Return the median ratio, over the turns, of the rates of rendering and forward pass."""
    backends = [load_predictor(folder, "cpu").backend for folder in (release, other)]
    drawings = [inks[n % len(inks)] for n in range(MAX_BATCH_SIZES["cpu"])]
    ours, theirs = _time_interleaved(
        {
            name: partial(_render_and_forward, backend, drawings)
            for name, backend in zip(("this", "other"), backends, strict=True)
        },
        turns,
    ).values()
    return statistics.median(slow / fast for fast, slow in zip(ours, theirs, strict=True))


def _render_and_forward(backend: Backend, drawings: list[Strokes]) -> None:
    backend.compute_logits(rasterize_many(drawings))


def _time_interleaved(calls: Mapping[str, Call], turns: int) -> dict[str, list[float]]:
    """Return the seconds of each call in each turn, after two warm-up turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(turns + 2):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn > 1:
                times[name].append(time.perf_counter() - start)
    return times


def _print_limits(release: Path, rasters: Raster, device: str) -> None:
    size = MAX_BATCH_SIZES[device]
    rasters = rasters[[n % len(rasters) for n in range(size)]]
    backend = load_predictor(release, device).backend
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    limits = measure_limits(device, dtype)
    rate = size / statistics.median(time_calls(partial(backend.compute_logits, rasters), device))
    share = format_utilization(rate, count_work(load_model(release), dtype), limits)
    print(f"{backend.name}, batches of {size}: {rate:,.0f} images/s; of {limits}: {share}")


if __name__ == "__main__":
    raise SystemExit(main())

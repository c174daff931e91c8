"""How fast drawings are read: `python -m bench.inference_throughput [RELEASE] [--batch 32 128]`.

In turns on one core: rendering, the forward pass, both together, and beside them the forward pass
of a network that stays the same, so that runs on different machines and days can be compared. Then
the forward pass against what a core, and a CUDA device where there is one, can do at most.
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

from bench.harness.roofline import count_work, format_utilization, measure_limits, time_calls
from bench.harness.sample_drawings import describe_inks, load_inks
from ml.artifacts.release_files import load_model
from ml.inference.predictor import load_predictor
from ml.preprocessing.rasterize import rasterize_many
from ml.preprocessing.types import Raster, Strokes

WEIGHTS = Path(__file__).resolve().parents[1] / "ml" / "weights"
REFERENCE = WEIGHTS / "lenet5_v2"
TARGET_PER_S = 5_000
LARGEST_BATCH = {"cpu": 128, "cuda": 4096}

Call = Callable[[], object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", nargs="?", type=Path, default=WEIGHTS / "inknet")
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8, 32, 128])
    parser.add_argument("--turns", type=int, default=41)
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = load_inks()
    inks: list[Strokes] = [json.loads(text) for text in texts]
    print(describe_inks(texts))
    print(f"µs a drawing, the median of {options.turns} turns (fastest – slowest)")
    rates = [_compare(options.release, inks, size, options.turns) for size in options.batch]
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for device in devices:
        _print_limits(options.release, rasterize_many(inks), device)
    is_enough = max(rates) >= TARGET_PER_S
    print(
        f"{max(rates):,.0f} drawings/s   wanted ≥ {TARGET_PER_S:,}   {'yes' if is_enough else 'NO'}"
    )
    return 0 if is_enough else 1


def _compare(release: Path, inks: list[Strokes], size: int, turns: int) -> float:
    """Print one batch size; return the drawings a second of rendering and forward together."""
    predictor, reference = load_predictor(release, "cpu"), load_predictor(REFERENCE, "cpu")
    drawings = [inks[n % len(inks)] for n in range(size)]
    rasters = rasterize_many(drawings)
    found = _time_interleaved(
        {
            "rendering": partial(rasterize_many, drawings),
            "forward": partial(predictor.backend.compute_logits, rasters),
            "together": lambda: predictor.backend.compute_logits(rasterize_many(drawings)),
            "with verdicts": partial(predictor.predict_many, drawings),
            f"forward of {reference.name}": partial(reference.backend.compute_logits, rasters),
        },
        turns,
    )
    print(f"batch {size}, {predictor.name}@{predictor.sha256[:12]} on {predictor.backend.name}")
    for name, times in found.items():
        us = [seconds / size * 1e6 for seconds in times]
        middle = statistics.median(us)
        print(f"  {name:22} {middle:7.1f} ({min(us):.1f} – {max(us):.1f})  {1e6 / middle:8,.0f}/s")
    return size / statistics.median(found["together"])


def _time_interleaved(calls: Mapping[str, Call], turns: int) -> dict[str, list[float]]:
    """Return the seconds of each call in each turn, after two turns to warm up."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(turns + 2):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn > 1:
                found[name].append(time.perf_counter() - start)
    return found


def _print_limits(release: Path, rasters: Raster, device: str) -> None:
    size = LARGEST_BATCH[device]
    rasters = rasters[[n % len(rasters) for n in range(size)]]
    backend = load_predictor(release, device).backend
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    limits = measure_limits(device, dtype)
    rate = size / statistics.median(time_calls(partial(backend.compute_logits, rasters), device))
    share = format_utilization(rate, count_work(load_model(release), dtype), limits)
    print(f"{backend.name}, batches of {size}: {rate:,.0f} pictures/s; of {limits}: {share}")


if __name__ == "__main__":
    raise SystemExit(main())

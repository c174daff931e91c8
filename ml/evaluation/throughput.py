"""Throughput of a released model on one core, with the machine and the date."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ml.artifacts.model_card import Throughput
from ml.evaluation.evaluation_sets import ReportSetName, load_report_set
from ml.inference.predictor import Predictor
from ml.preprocessing.rasterize import rasterize_many

THROUGHPUT_BATCH_SIZE = 128


def measure_throughput(
    predictor: Predictor, drawings: ReportSetName = "pen", *, seconds: float = 2.0
) -> Throughput:
    """Measure images (forward pass only) and drawings (with rendering) per second.

    Both are medians over the batches of THROUGHPUT_BATCH_SIZE that fit in half of `seconds`.
    """
    inks = [ink.strokes for ink in load_report_set(drawings)[:THROUGHPUT_BATCH_SIZE]]
    rasters = rasterize_many(inks)
    forward = partial(predictor.backend.compute_logits, rasters)
    whole = partial(predictor.predict_many, inks)
    return {
        "images_per_s": round(_measure_rate(forward, seconds)),
        "drawings_per_s": round(_measure_rate(whole, seconds)),
        "batch_size": THROUGHPUT_BATCH_SIZE,
        "backend": predictor.backend.name,
        "machine": _describe_processor(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _measure_rate(run: Callable[[], object], seconds: float) -> float:
    times: list[float] = []
    run()
    end = time.perf_counter() + seconds / 2
    while (started := time.perf_counter()) < end or len(times) < 5:
        run()
        times.append(time.perf_counter() - started)
    return THROUGHPUT_BATCH_SIZE / statistics.median(times)


def _describe_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"one core of {names[0]}" if names else platform.machine()

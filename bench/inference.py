"""How fast a core reads drawings: `python -m bench.inference [RELEASE] [--batch 32 128]`.

Prints microseconds a drawing and drawings a second for rendering, the forward pass and everything
together, the median of many batches, with the test inks repeated to fill a batch.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ml.predictor import load_predictor
from ml.raster import rasterize_many

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure one release at each batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", nargs="?", type=Path, default=ROOT / "ml/weights/inknet")
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8, 32, 128])
    parser.add_argument("--device", default=None)
    options = parser.parse_args()
    predictor = load_predictor(options.release, options.device)
    inks = [row["strokes"] for row in json.loads((ROOT / "tests/ink/digits.json").read_text())]
    print(f"{predictor.name}@{predictor.sha256[:12]} on {predictor.backend.name}")
    print(f"{'batch':>5} {'render':>16} {'forward':>16} {'all':>16}   µs and 1/s a drawing")
    for size in options.batch:
        drawings = (inks * (size // len(inks) + 1))[:size]
        rasters = rasterize_many(drawings)
        columns = [
            _measure(partial(rasterize_many, drawings), size),
            _measure(partial(predictor.backend.compute_logits, rasters), size),
            _measure(partial(predictor.predict_many, drawings), size),
        ]
        print(f"{size:5}", *(f"{us:7.1f} {1e6 / us:8,.0f}" for us in columns))


def _measure(run: Callable[[], object], size: int, seconds: float = 0.7) -> float:
    """Return the median microseconds a drawing, after a tenth of the time was spent warming up."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    warm = end - 0.9 * seconds
    while (start := time.perf_counter()) < end or len(times) < 5:
        run()
        if start > warm:
            times.append(time.perf_counter() - start)
    return statistics.median(times) / size * 1e6


if __name__ == "__main__":
    main()

"""Accuracy and speed of a release quantised to int8, compared with float32.

    python -m bench.int8_inference [NAME] [--reduce-range]

Weights are quantised per channel and activations per tensor (QDQ), calibrated on training images.
The promotion gate's own tests decide whether int8 is inferior. ONNX Runtime uses AVX-512 VNNI or
AMX if the CPU has them. Without them sums of two 8-bit products saturate at 16 bits; with
`--reduce-range` weights have seven bits, so that they cannot.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from ml.artifacts.model_card import ONNX_FILE, load_model_card
from ml.data.datasets import load_mnist, load_pen
from ml.data.render_ink_samples import render_inks
from ml.evaluation.model_comparison import predict_set
from ml.evaluation.promotion_gate import PairedPredictions, decide_promotion
from ml.evaluation.validation_during_training import load_validation_data
from ml.inference.onnx_backend import OnnxBackend
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import FloatArray, Raster
from ml.preprocessing.rasterize import scale_to_unit

NUM_CALIBRATION_IMAGES = 2_000
BATCH_SIZES = (1, 32, 128)
NUM_RUNS = 200
WEIGHTS_DIR = Path(__file__).parents[1] / "ml" / "weights"


class TrainingImages(CalibrationDataReader):  # type: ignore[misc]  # the package has no types
    """Batches of training images, of MNIST and of pen strokes."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        rasters = np.concatenate([load_mnist("train").images, render_inks(load_pen("train"))[0]])
        chosen = rasters[rng.permutation(len(rasters))[:NUM_CALIBRATION_IMAGES]]
        self._batches = iter(np.array_split(chosen, NUM_CALIBRATION_IMAGES // 100))

    def get_next(self) -> dict[str, FloatArray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"pictures": scale_to_unit(batch)}


def quantize(source: Path, target: Path, *, reduce_range: bool) -> None:
    """Write the int8 model of an ONNX file."""
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        TrainingImages(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=reduce_range,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        op_types_to_quantize=["Conv", "Add", "Relu", "MatMul", "Gemm"],
    )


def measure_images_per_s(backend: OnnxBackend, rasters: Raster) -> float:
    """Return the median rate of the forward pass on one core."""
    times = []
    for _ in range(NUM_RUNS):
        started = time.perf_counter()
        backend.compute_logits(rasters)
        times.append(time.perf_counter() - started)
    return len(rasters) / statistics.median(times)


def describe_cpu() -> str:
    """Return the CPU flags that int8 kernels use."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")
    return ", ".join(flag for flag in wanted if flag in flags) or "none"


def main() -> None:
    """Print the gate's result and the rates of both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="inknet")
    parser.add_argument("--reduce-range", action="store_true", help="weights of seven bits")
    options = parser.parse_args()
    folder = WEIGHTS_DIR / options.name
    card = load_model_card(folder)
    with TemporaryDirectory() as temporary:
        target = Path(temporary) / "int8.onnx"
        quantize(folder / ONNX_FILE, target, reduce_range=options.reduce_range)
        backends = {"float32": OnnxBackend(folder / ONNX_FILE), "int8": OnnxBackend(target)}
        sizes = {"float32": (folder / ONNX_FILE).stat().st_size, "int8": target.stat().st_size}
    full, small = (Predictor(card, backend) for backend in backends.values())
    compared = [
        PairedPredictions(name, name, labels, predict_set(full, images), predict_set(small, images))
        for name, (images, labels) in load_validation_data().sets.items()
    ]
    decision = decide_promotion(compared)
    print(f"{decision.gate_result}: {decision.decided_by}")
    for one in decision.findings:
        print(
            f"{one.name}: n {one.overall.n}, won {one.overall.won}, lost {one.overall.lost}, "
            f"lower bound {one.bound:+.2%}, {'; '.join(one.regressions) or 'not inferior'}"
        )
    print(f"CPU flags: {describe_cpu()}")
    images = load_mnist("validation").images
    for size in BATCH_SIZES:
        rates = {name: measure_images_per_s(b, images[:size]) for name, b in backends.items()}
        ratio = rates["int8"] / rates["float32"]
        shown = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
        print(f"batch {size}: {shown} images/s, ratio {ratio:.2f}")
    print("bytes:", ", ".join(f"{name} {size:,}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()

"""Training throughput: `python -m bench.training_throughput [ARCHITECTURE]`.

Training steps of `ml.training.trainer` on one CPU core and, if available, on a CUDA device: images
per second and utilization of the device.
"""

from __future__ import annotations

import argparse
import statistics

import torch

from bench.harness.roofline import (
    TRAINING_FACTOR,
    count_work,
    format_utilization,
    measure_limits,
    time_calls,
)
from ml.architectures import ARCHITECTURES, build_architecture, load_training_config
from ml.data.epoch_dataset import FULL_STRENGTH, EpochDataset
from ml.training.trainer import Trainer

NUM_IMAGES = 8_192
DURATION_S = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    trainable = [name for name in ARCHITECTURES if name != "fnn"]
    parser.add_argument("architecture", nargs="?", choices=trainable, default="inknet")
    options = parser.parse_args()
    torch.set_num_threads(1)
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    rates = [_measure(options.architecture, device) for device in devices]
    if len(rates) > 1:
        print(f"the CUDA device is {rates[1] / rates[0]:,.0f} times as fast as the CPU core")


def _measure(architecture: str, device: str) -> float:
    trainer = Trainer(
        load_training_config(architecture), torch.device(device), compile_model=device == "cuda"
    )
    dtype = torch.bfloat16 if trainer.is_bf16 else torch.float32
    limits = measure_limits(device, dtype)
    images = torch.randint(0, 256, (NUM_IMAGES, 28, 28), dtype=torch.uint8, device=device)
    labels = torch.arange(NUM_IMAGES, device=device) % 10
    dataset = EpochDataset(images, labels, torch.full((NUM_IMAGES,), FULL_STRENGTH, device=device))
    generator = torch.Generator(device).manual_seed(1)
    size = trainer.config.batch_size
    rows = torch.arange(size, device=device)
    times = time_calls(
        lambda: trainer.train_step(dataset, rows, generator), device, seconds=DURATION_S
    )
    seconds = statistics.median(times)
    work = count_work(build_architecture(architecture), dtype).times(TRAINING_FACTOR)
    utilization = format_utilization(size / seconds, work, limits)
    print(
        f"{architecture}, batches of {size}: {size / seconds:,.0f} images/s; "
        f"of {limits}: {utilization}"
    )
    return size / seconds


if __name__ == "__main__":
    main()

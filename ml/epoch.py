"""One epoch as the network sees it: pictures changed as hands and cameras change them, and for each
what it is to answer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from ml.augment import change_pictures
from ml.pool import Pool, TrainingData, build_pool
from ml.predictor import Predictor
from ml.recipe import TrainingConfig
from ml.teaching import ask_teachers

CLASSES = 11
_CHUNK = 1024

_NOT_IN_PICTURES = ("architecture", "shape", "seed", "epochs", "batch_size", "weight_decay")


@dataclass(frozen=True, slots=True)
class Epoch:
    """Pictures (n, 28, 28) uint8 and the probabilities to learn (n, 11) float16."""

    images: Tensor
    targets: Tensor


def prepare_epoch(
    config: TrainingConfig,
    data: TrainingData,
    number: int,
    *,
    teachers: Sequence[Predictor] = (),
    device: torch.device,
    folder: Path | None = None,
) -> Epoch:
    """Return an epoch, the same for the same configuration and number.

    With a cycle, the pictures of epoch 0 return after that many epochs whatever the seed, and are
    kept in `folder`: what teachers answer is asked once.
    """
    number = number % config.cycle if config.cycle else number
    if not config.cycle or folder is None:
        return _make_epoch(config, data, number, teachers, device)
    path = folder / f"{_name_pictures(config, teachers)}-{number}.pt"
    if not path.exists():
        _keep(_make_epoch(config, data, number, teachers, device), path)
    return Epoch(**torch.load(path, map_location=device, weights_only=True))


def _make_epoch(
    config: TrainingConfig,
    data: TrainingData,
    number: int,
    teachers: Sequence[Predictor],
    device: torch.device,
) -> Epoch:
    pool = build_pool(config, data, number)
    seed = (0 if config.cycle else config.seed) * 100_003 + number
    images = _change(pool, config, torch.Generator(device).manual_seed(seed), device)
    targets = torch.nn.functional.one_hot(pool.labels, CLASSES).float()
    known = slice(len(data.bitmaps))
    if teachers and len(data.bitmaps):
        answers = torch.from_numpy(ask_teachers(teachers, images[known].cpu().numpy())).float()
        targets[known] = (1 - config.teaching) * targets[known] + config.teaching * answers
    return Epoch(images, targets.half().to(device))


def _change(
    pool: Pool, config: TrainingConfig, generator: torch.Generator, device: torch.device
) -> Tensor:
    changed = torch.empty_like(pool.images, device=device)
    for start in range(0, len(changed), _CHUNK):
        part = slice(start, start + _CHUNK)
        pictures = pool.images[part].to(device).unsqueeze(1).float().div_(255)
        strength = pool.strength[part].to(device)
        pictures = change_pictures(pictures, config.pictures, strength, generator)
        changed[part] = pictures.squeeze(1).mul_(255).round_().to(torch.uint8)
    return changed


def _name_pictures(config: TrainingConfig, teachers: Sequence[Predictor]) -> str:
    """Return a name that differs wherever the pictures or the answers may."""
    decisive = {k: v for k, v in asdict(config).items() if k not in _NOT_IN_PICTURES}
    text = repr((decisive, [teacher.sha256 for teacher in teachers]))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _keep(epoch: Epoch, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    torch.save({"images": epoch.images, "targets": epoch.targets}, unfinished)
    unfinished.replace(path)

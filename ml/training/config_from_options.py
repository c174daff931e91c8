"""Training configurations from options of the command line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ml.architectures import load_training_config
from ml.training_config import ArchitectureParams, TrainingConfig


def build_config(options: argparse.Namespace) -> TrainingConfig:
    """Return the training configuration of the architecture with the given options. Exits for an
    unknown field."""
    options_by_field = {
        "shape": _parse_shape(options.shape) if options.shape else None,
        "base": tuple(options.base) if options.base else None,
        "epochs": options.epochs,
        "seed": options.seed,
    }
    given = {name: value for name, value in options_by_field.items() if value is not None}
    config = replace(load_training_config(options.architecture), **given)
    for pair in options.numbers:
        name, _, text = pair.partition("=")
        config = _set_field(config, name, float(text) if set(text) & set(".e") else int(text))
    return config


def _set_field(config: Any, name: str, value: float) -> Any:
    """Return a copy with a field changed; "pictures.rotation" is a field of a field."""
    first, _, rest = name.partition(".")
    if not is_dataclass(config) or first not in {field.name for field in fields(config)}:
        sys.exit(f"The training configuration has no {name}.")
    changed = _set_field(getattr(config, first), rest, value) if rest else value
    return replace(config, **{first: changed})  # type: ignore[type-var]


def _parse_shape(pairs: list[str]) -> ArchitectureParams:
    named = dict(pair.split("=", 1) for pair in pairs)
    return {name: int(value) if value.isdigit() else value for name, value in named.items()}

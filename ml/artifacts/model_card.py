"""The card of a released network: read, and held against the files beside it. Needs no torch.

A release is a folder of weights.safetensors, model.onnx, card.json and log.jsonl. The sha256 of
weights.safetensors names the version; the card also holds that of model.onnx.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

WEIGHTS_FILE, ONNX_FILE, CARD_FILE, LOG_FILE = (
    "weights.safetensors",
    "model.onnx",
    "card.json",
    "log.jsonl",
)

ModelCard = dict[str, Any]

_NUMBER_LIST = re.compile(
    r"\[[\d\s.,e+-]*\]"
)  # never inside of a string: those hold no line breaks


class CannotLoadRelease(Exception):
    """A release's files are missing, damaged, or of a form this code does not know; says which."""


def load_model_card(folder: Path) -> ModelCard:
    """Return the card of the release in `folder` after checking both files' sha256. Raises
    CannotLoadRelease."""
    try:
        card = cast("ModelCard", json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
        expected = {WEIGHTS_FILE: card["sha256"], ONNX_FILE: card["onnx_sha256"]}
        for name, sha256 in expected.items():
            if (found := compute_sha256(folder / name)) != sha256:
                raise CannotLoadRelease(
                    f"{folder / name} has the sha256 {found}, its card says {sha256}."
                )
    except OSError as error:
        raise CannotLoadRelease(f"{error.filename} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CannotLoadRelease(f"{folder / CARD_FILE} is not a card: {error!r}.") from error
    if card["input"]["channels"] != ["ink"] or card["input"]["size"] != [28, 28]:
        raise CannotLoadRelease(
            f"{folder / CARD_FILE} wants an input that this code does not make: {card['input']}."
        )
    return card


def save_model_card(folder: Path, card: ModelCard) -> ModelCard:
    """Replace the card of a release, whole or not at all; return it as it will be read."""
    text = format_model_card(card)
    unfinished = folder / f".{CARD_FILE}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / CARD_FILE)
    return cast("ModelCard", json.loads(text))


def format_model_card(card: Mapping[str, Any]) -> str:
    """Return the card as JSON with lists of numbers on one line, so that people can read it."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    return _NUMBER_LIST.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def compute_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

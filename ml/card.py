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

WEIGHTS, ONNX, CARD, LOG = "weights.safetensors", "model.onnx", "card.json", "log.jsonl"

Card = dict[str, Any]

_NUMBERS = re.compile(r"\[[\d\s.,e+-]*\]")  # never inside of a string: those hold no line breaks


class CannotLoadRelease(Exception):
    """A release's files are missing, damaged, or of a form this code does not know; says which."""


def read_card(folder: Path) -> Card:
    """Return the card of the release in `folder` after checking both files' sha256. Raises
    CannotLoadRelease."""
    try:
        card = cast("Card", json.loads((folder / CARD).read_text(encoding="utf-8")))
        expected = {WEIGHTS: card["sha256"], ONNX: card["onnx_sha256"]}
        for name, sha256 in expected.items():
            if (found := hash_file(folder / name)) != sha256:
                raise CannotLoadRelease(
                    f"{folder / name} has the sha256 {found}, its card says {sha256}."
                )
    except OSError as error:
        raise CannotLoadRelease(f"{error.filename} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CannotLoadRelease(f"{folder / CARD} is not a card: {error!r}.") from error
    if card["input"]["channels"] != ["ink"] or card["input"]["size"] != [28, 28]:
        raise CannotLoadRelease(
            f"{folder / CARD} wants an input that this code does not make: {card['input']}."
        )
    return card


def write_card(folder: Path, card: Card) -> Card:
    """Replace the card of a release, whole or not at all; return it as it will be read."""
    text = format_card(card)
    unfinished = folder / f".{CARD}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / CARD)
    return cast("Card", json.loads(text))


def format_card(card: Mapping[str, Any]) -> str:
    """Return the card as JSON with lists of numbers on one line, so that people can read it."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def hash_file(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

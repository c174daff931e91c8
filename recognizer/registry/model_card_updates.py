"""Updates of model cards: earlier versions of the site measured fewer parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from recognizer.models import ModelVersion

DESCRIPTIVE_PARTS = (
    "buffers",
    "multiply_adds",
    "layers",
    "robustness",
    "misclassifications",
    "throughput",
)
"""Parts of a model card that are only displayed. All other parts stay as registered."""


def find_missing_parts(version: ModelVersion) -> list[str]:
    return [name for name in DESCRIPTIVE_PARTS if name not in version.card]


def complete_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Add the missing parts to the stored model card. The files in the storage stay unchanged."""
    return save_card_parts(
        version, {name: parts[name] for name in find_missing_parts(version) if name in parts}
    )


def update_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Replace the descriptive parts with the parts of a later release of the same weights."""
    return save_card_parts(
        version, {name: parts[name] for name in DESCRIPTIVE_PARTS if name in parts}
    )


def save_card_parts(version: ModelVersion, updates: Mapping[str, Any]) -> ModelVersion:
    """Store these parts of the model card and return the new row."""
    if all(version.card.get(name) == part for name, part in updates.items()):
        return version
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        row.card = {**row.card, **updates}
        row.save(update_fields=["card"])
    return row

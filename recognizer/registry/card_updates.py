"""Cards that lack what the page of a model shows: earlier versions of this site measured less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from recognizer.models import ModelVersion

DESCRIPTIVE_PARTS = ("not_trained", "multiply_adds", "layers", "robustness", "mistakes", "speed")
"""What a card tells its readers and nothing depends on. All else stays as it was registered."""


def find_missing_parts(version: ModelVersion) -> list[str]:
    return [name for name in DESCRIPTIVE_PARTS if name not in version.card]


def complete_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Add what is missing to what the row tells; the files in the storage stay as they are."""
    return _save_parts(
        version, {name: parts[name] for name in find_missing_parts(version) if name in parts}
    )


def update_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Tell of it what a later release of the same weights tells; nothing that decides changes."""
    told = {name: parts[name] for name in DESCRIPTIVE_PARTS if name in parts}
    return _save_parts(version, told)


def _save_parts(version: ModelVersion, told: Mapping[str, Any]) -> ModelVersion:
    if all(version.card.get(name) == part for name, part in told.items()):
        return version
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        row.card = {**row.card, **told}
        row.save(update_fields=["card"])
    return row

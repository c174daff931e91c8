"""Cards that lack what the page of a model shows: earlier versions of this site measured less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from recognizer.models import ModelVersion

DESCRIBED = ("not_trained", "multiply_adds", "layers", "robustness", "mistakes", "speed")
"""What a card tells its readers and nothing depends on. All else stays as it was registered."""


def find_missing(version: ModelVersion) -> list[str]:
    return [name for name in DESCRIBED if name not in version.card]


def complete_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Add what is missing to what the row tells; the files in the storage stay as they are."""
    return _describe(
        version, {name: parts[name] for name in find_missing(version) if name in parts}
    )


def renew_card(version: ModelVersion, parts: Mapping[str, Any]) -> ModelVersion:
    """Tell of it what a later release of the same weights tells; nothing that decides changes."""
    told = {name: parts[name] for name in DESCRIBED if name in parts}
    return _describe(version, told)


def _describe(version: ModelVersion, told: Mapping[str, Any]) -> ModelVersion:
    if all(version.card.get(name) == part for name, part in told.items()):
        return version
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        row.card = {**row.card, **told}
        row.save(update_fields=["card"])
    return row

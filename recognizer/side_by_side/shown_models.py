"""The models that are shown next to the champion."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from recognizer.base_errors import DomainError
from recognizer.models import ModelVersion, Promotion


class CannotShow(DomainError):
    """A selected model does not exist."""


def list_shown_models() -> list[ModelVersion]:
    """Return the shown models without the champion, by name, oldest first.

    Model cards are deferred.
    """
    champion_id = Promotion.objects.order_by("-id").values_list("model_id", flat=True).first()
    found = ModelVersion.objects.filter(is_shown=True).defer("card").order_by("name", "id")
    return [version for version in found if version.pk != champion_id]


def list_side_by_side_refs() -> list[str]:
    """Return the refs of the champion and the shown models; empty if no model is shown."""
    shown = list_shown_models()
    newest = Promotion.objects.select_related("model").defer("model__card").order_by("-id").first()
    if newest is None or not shown:
        return []
    return [newest.model.ref, *(version.ref for version in shown)]


def set_shown_models(refs: Collection[str]) -> int:
    """Show these models and no others. Return their number. Raises CannotShow."""
    with transaction.atomic():
        known = {one.ref: one.pk for one in ModelVersion.objects.only("name", "sha256")}
        unknown = sorted(set(refs) - set(known))
        if unknown:
            raise CannotShow(f"There is no model {unknown[0][:60]}.")
        chosen = {known[ref] for ref in refs}
        ModelVersion.objects.filter(is_shown=True).exclude(pk__in=chosen).update(is_shown=False)
        ModelVersion.objects.filter(pk__in=chosen, is_shown=False).update(is_shown=True)
    return len(chosen)

"""Which models answer beside the champion: what admins switched on."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from recognizer.errors import DomainError
from recognizer.models import ModelVersion, Promotion


class CannotShow(DomainError):
    """A selected model does not exist."""


def list_shown_models() -> list[ModelVersion]:
    """Those switched on, by name, the oldest first; the champion answers for itself. Their cards
    are read when they are looked at."""
    newest = Promotion.objects.order_by("-id").values_list("model_id", flat=True).first()
    found = ModelVersion.objects.filter(is_shown=True).defer("card").order_by("name", "id")
    return [version for version in found if version.pk != newest]


def list_side_by_side_refs() -> list[str]:
    """The champion and then those beside it, as answers name them; none when it stands alone."""
    shown = list_shown_models()
    newest = Promotion.objects.select_related("model").defer("model__card").order_by("-id").first()
    if newest is None or not shown:
        return []
    return [newest.model.ref, *(version.ref for version in shown)]


def set_shown_models(labels: Collection[str]) -> int:
    """From now on these and no others are shown; how many that are. Raises CannotShow."""
    with transaction.atomic():
        known = {one.ref: one.pk for one in ModelVersion.objects.only("name", "sha256")}
        strange = sorted(set(labels) - set(known))
        if strange:
            raise CannotShow(f"There is no model {strange[0][:60]}.")
        chosen = {known[label] for label in labels}
        ModelVersion.objects.filter(is_shown=True).exclude(pk__in=chosen).update(is_shown=False)
        ModelVersion.objects.filter(pk__in=chosen, is_shown=False).update(is_shown=True)
    return len(chosen)

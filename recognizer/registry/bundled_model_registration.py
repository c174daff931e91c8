"""Registration of the models that are bundled with the site. Promotion is a separate step."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from django.db import connection

from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CARD_FILE, register_model
from recognizer.registry.model_card_updates import update_card

log = logging.getLogger(__name__)


def register_bundled_models(folder: Path) -> list[ModelVersion]:
    """Register every release below `folder` and return the versions.

    A release that cannot be registered is logged, and the others are still registered. Known
    versions get the newer model card, because a later release may have measured more.
    """
    versions = []
    for card in sorted(folder.glob(f"*/{CARD_FILE}")):
        try:
            version = register_model(card.parent)
            versions.append(update_card(version, json.loads(card.read_text())))
        except Exception:  # the storage or database may fail for one release only
            log.exception(
                "%s is not registered. Fix the error below and restart the background worker.",
                card.parent,
            )
            if not connection.is_usable():
                connection.close()  # the next query reconnects
    return versions

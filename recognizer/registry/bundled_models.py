"""The networks that come with the site: each is known to it, so that it can be looked at, compared
and shown; which one answers is decided elsewhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from django.db import connection

from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CARD_FILE, register_model
from recognizer.registry.card_updates import update_card

log = logging.getLogger(__name__)


def register_bundled_models(folder: Path) -> list[ModelVersion]:
    """Register every release in a folder of `folder`; one that cannot be is told to the log, and
    the others are registered all the same.

    A network that was known may be measured more closely by now: its page tells that."""
    versions = []
    for card in sorted(folder.glob(f"*/{CARD_FILE}")):
        try:
            version = register_model(card.parent)
            versions.append(update_card(version, json.loads(card.read_text())))
        except Exception:  # a storage or database that fails on one may take the next
            log.exception(
                "%s is not registered; mend what is told below and start the background worker"
                " again, which registers what is missing",
                card.parent,
            )
            if not connection.is_usable():
                connection.close()  # the next one opens it anew
    return versions

"""The networks that come with the site: each is known to it, so that it can be looked at, compared
and shown; which one answers is decided elsewhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from recognizer.models import ModelVersion
from recognizer.registry.completing import renew_card
from recognizer.registry.files import CARD, CannotRegister, register_model

log = logging.getLogger(__name__)


def register_releases(folder: Path) -> list[ModelVersion]:
    """Register every release in a folder of `folder`; one that is not whole is told to the log.

    A network that was known may be measured more closely by now: its page tells that."""
    versions = []
    for card in sorted(folder.glob(f"*/{CARD}")):
        try:
            version = register_model(card.parent)
            versions.append(renew_card(version, json.loads(card.read_text())))
        except CannotRegister:
            log.exception("%s is not known to the site", card.parent)
    return versions

"""Browser bundles: the champion in a form that pages run, for a preview while drawing."""

from __future__ import annotations

from urllib.parse import quote

from django.core.files.storage import default_storage

from recognizer.models import ModelVersion, Promotion
from recognizer.protocol import ChampionPayload
from recognizer.registry.artifact_store import BROWSER_FILE


def load_champion_json() -> ChampionPayload | None:
    """Return the champion with its bundle, or None before the first promotion.

    Reads only the list of files of the model card: each web process calls this every second.
    """
    newest = Promotion.objects.order_by("-id")
    row = newest.values_list("model__name", "model__sha256", "model__card__files").first()
    if row is None:
        return None
    name, sha256, files = row
    version = ModelVersion(name=name, sha256=sha256, card={"files": files or {}})
    bundle = find_bundle_sha256(version)
    url = f"/api/v1/models/{quote(version.ref, safe='@')}/browser/?sha256={bundle}"
    return {"model": version.ref, "browser": {"url": url, "sha256": bundle} if bundle else None}


def find_bundle_sha256(version: ModelVersion) -> str | None:
    """Return the SHA-256 of a version's bundle, or None if browsers cannot run the model."""
    sha256: str | None = version.card.get("files", {}).get(BROWSER_FILE)
    return sha256


def read_public_bundle(version: ModelVersion) -> bytes | None:
    """Return the bundle of a version that has served, otherwise None.

    Bundles are public, and a model that never served may never be released.
    """
    if find_bundle_sha256(version) is None or not version.promotions.exists():
        return None
    with default_storage.open(f"{version.folder}/{BROWSER_FILE}") as file:
        content: bytes = file.read()
    return content

"""Versions of networks: registered by the SHA-256 of their weights, promoted by an appended row.

Files travel through Django's file storage; the hash of each stands in the version's card.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from recognizer.contract import JSON
from recognizer.models import ModelVersion, Promotion, User

WEIGHTS = "weights.safetensors"
EXPORT = "model.onnx"
CARD = "card.json"


class CannotRegister(Exception):
    """The folder does not hold a whole model."""


class CannotFetch(Exception):
    """A file of a version is missing in the storage, or is not what it was."""


def register_model(folder: Path) -> ModelVersion:
    """Store the files of a folder and know them as a version; the same weights are the same one.

    The row comes last: whoever sees it finds the files. Raises CannotRegister.
    """
    try:
        card: JSON = json.loads((folder / CARD).read_text())
        hashes = {name: _sha256(folder / name) for name in (WEIGHTS, EXPORT)}
    except (OSError, ValueError) as error:
        raise CannotRegister(f"{folder} does not hold a whole model: {error}") from error
    sha256 = hashes[WEIGHTS]
    for name in (WEIGHTS, EXPORT, CARD):
        _keep(folder / name, f"models/{sha256}/{name}")
    known = {
        "name": card["name"],
        "architecture": card.get("architecture", card["name"]),
        "card": {**card, "files": {**hashes, CARD: _sha256(folder / CARD)}},
    }
    version, _ = ModelVersion.objects.get_or_create(sha256=sha256, defaults=known)
    return version


def fetch_model(version: ModelVersion, into: Path) -> Path:
    """The folder under `into` with the version's files, copied from the storage when missing.

    A folder appears whole or not at all. Raises CannotFetch.
    """
    folder = into / version.sha256
    if folder.is_dir():
        return folder
    into.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=into))
    try:
        for name, sha256 in version.card["files"].items():
            _fetch(f"{version.folder}/{name}", part / name, sha256)
        part.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # another process of this host may have been first
            raise CannotFetch(f"{version}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def champion() -> ModelVersion | None:
    """The version whose answers people see: the newest promotion names it."""
    newest = Promotion.objects.select_related("model").order_by("-id").first()
    return newest.model if newest else None


def promote_model(*, model: ModelVersion, by: User | None, reason: str) -> Promotion:
    return Promotion.objects.create(model=model, by=by, reason=reason)


def promote_first_model(folder: Path) -> ModelVersion:
    """Unless something serves already, register the shipped model and let it serve.

    Several processes may do this at once: the version's row is the lock.
    """
    serving = champion()
    if serving is not None:
        return serving
    version = register_model(folder)
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        if not Promotion.objects.exists():
            promote_model(model=version, by=None, reason="The model that comes with the site.")
    return champion() or version


def _keep(path: Path, name: str) -> None:
    if default_storage.exists(name):
        if _stored_sha256(name) == _sha256(path):
            return
        default_storage.delete(name)  # half-written by a process that died
    with path.open("rb") as file:
        kept = default_storage.save(name, File(file))
    if kept != name:  # another process was first; the storage gave ours another name
        default_storage.delete(kept)


def _fetch(name: str, path: Path, sha256: str) -> None:
    with default_storage.open(name) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    if _sha256(path) != sha256:
        raise CannotFetch(f"{name} is not what was registered.")


def _stored_sha256(name: str) -> str:
    with default_storage.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

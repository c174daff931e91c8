"""Files of networks: registered by the SHA-256 of their weights, fetched whole or not at all.

They travel through Django's file storage; the hash of each stands in the version's card.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from recognizer.models import ModelVersion
from recognizer.protocol import JSON

WEIGHTS_FILE = "weights.safetensors"
ONNX_FILE = "model.onnx"
CARD_FILE = "card.json"


class CannotRegister(Exception):
    """The folder does not hold a whole model."""


class CannotFetch(Exception):
    """A file of a version is missing in the storage, or is not what it was."""


def register_model(folder: Path) -> ModelVersion:
    """Store the files of a folder and know them as a version; the same weights are the same one.

    A release is exported, and its export compared with its weights, when it is made; here the
    hashes in its card hold the three files together. The row comes last: whoever sees it finds the
    files. Raises CannotRegister.
    """
    card = _load_release_card(folder)
    sha256 = card["sha256"]
    known = ModelVersion.objects.filter(sha256=sha256).first()
    if known is not None and _restore_missing_files(known, folder, card["files"]):
        return known  # made again, it has another card; the one that is named stays
    for name in card["files"]:
        _store_file(folder / name, f"models/{sha256}/{name}")
    fields = {
        "name": card["name"],
        "architecture": card.get("architecture", card["name"]),
        "card": card,
    }
    version, is_new = ModelVersion.objects.get_or_create(sha256=sha256, defaults=fields)
    return version if is_new else _sync_card(version, card)


def fetch_model(version: ModelVersion, into: Path) -> Path:
    """The folder under `into` with the version's files, copied from the storage when missing.

    A folder appears whole or not at all. Raises CannotFetch.
    """
    folder = into / version.sha256
    if folder.is_dir():
        return folder
    files = version.card.get("files")
    if not files:
        raise CannotFetch(f"The card of {version} names no files.")
    into.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=into))
    try:
        for name, sha256 in files.items():
            _fetch_file(f"{version.folder}/{name}", part / name, sha256)
        part.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # another process of this host may have been first
            raise CannotFetch(f"{version}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _load_release_card(folder: Path) -> JSON:
    """The card of a whole release, with the hashes of its files. Raises CannotRegister."""
    try:
        card: JSON = json.loads((folder / CARD_FILE).read_text())
        files = {name: _file_sha256(folder / name) for name in (WEIGHTS_FILE, ONNX_FILE, CARD_FILE)}
        said = {
            WEIGHTS_FILE: card["sha256"],
            ONNX_FILE: card["onnx_sha256"],
            CARD_FILE: files[CARD_FILE],
        }
    except (OSError, ValueError, KeyError) as error:
        raise CannotRegister(f"{folder} does not hold a whole model: {error!r}") from error
    if files != said:
        raise CannotRegister(f"The files in {folder} are not those that its card names.")
    return {**card, "files": files}


def _restore_missing_files(version: ModelVersion, folder: Path, files: Mapping[str, str]) -> bool:
    """Store again what was lost of a version; False where the folder holds other files than were
    lost, so that all three must be replaced together."""
    said = version.card.get("files", {})
    lost = [name for name in files if not _is_stored(f"{version.folder}/{name}", said.get(name))]
    if any(files[name] != said.get(name) for name in lost):
        return False
    for name in lost:
        _store_file(folder / name, f"{version.folder}/{name}")
    return True


def _sync_card(version: ModelVersion, card: JSON) -> ModelVersion:
    """The row tells of the files that now lie in the storage."""
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        row.card = {**row.card, **card}
        row.save(update_fields=["card"])
    return row


def _is_stored(name: str, sha256: str | None) -> bool:
    return default_storage.exists(name) and _stored_sha256(name) == sha256


def _store_file(path: Path, name: str) -> None:
    if default_storage.exists(name):
        if _stored_sha256(name) == _file_sha256(path):
            return
        default_storage.delete(name)  # half-written by a process that died
    with path.open("rb") as file:
        kept = default_storage.save(name, File(file))
    if kept != name:  # another process was first; the storage gave ours another name
        default_storage.delete(kept)


def _fetch_file(name: str, path: Path, sha256: str) -> None:
    try:
        with default_storage.open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except Exception as error:  # each storage raises its own when it is away
        raise CannotFetch(f"{name} cannot be read: {error}") from error
    if _file_sha256(path) != sha256:
        raise CannotFetch(f"{name} is not what was registered.")


def _stored_sha256(name: str) -> str:
    with default_storage.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Files of model versions in Django's file storage, identified by the SHA-256 of their weights.

The model card of each version lists its files with their hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from recognizer.models import ModelVersion
from recognizer.protocol import JSON
from recognizer.registry.model_card_updates import save_card_parts

WEIGHTS_FILE = "weights.safetensors"
ONNX_FILE = "model.onnx"
BROWSER_FILE = "browser.bin"
"""Only of models that browsers can run."""
CARD_FILE = "card.json"
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
"""Names are parts of URLs."""


class CannotRegister(Exception):
    """The folder is not a complete release."""


class CannotFetch(Exception):
    """A file of a version is missing in the storage or has another hash."""


def register_model(folder: Path) -> ModelVersion:
    """Store the files of a release folder and return its version. Equal weights are one version.

    The release build compares the ONNX export with the weights. Here, the hashes in the model card
    tie the files together. The row is created last, so a visible version has all its files.
    Raises CannotRegister.
    """
    card = _load_release_card(folder)
    sha256 = card["sha256"]
    existing = ModelVersion.objects.filter(sha256=sha256).first()
    if existing is not None and _restore_missing_files(existing, folder, card["files"]):
        return existing  # a rebuilt release has another model card; the stored one stays
    for name in card["files"]:
        _store_file(folder / name, f"models/{sha256}/{name}")
    architecture = card.get("architecture", card["name"])
    fields = {"name": card["name"], "architecture": architecture, "card": card}
    version, is_new = ModelVersion.objects.get_or_create(sha256=sha256, defaults=fields)
    # A known version gets the hashes of the files that are in the storage now.
    return version if is_new else save_card_parts(version, card)


def fetch_model(version: ModelVersion, into: Path) -> Path:
    """Return the folder under `into` with the version's files, copied from the storage if it is
    missing. A folder is created completely or not at all. Raises CannotFetch."""
    folder = into / version.sha256
    if folder.is_dir():
        return folder
    files = version.card.get("files")
    if not files:
        raise CannotFetch(f"The model card of {version} lists no files. Register the model again.")
    into.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=into))
    try:
        for name, sha256 in files.items():
            _fetch_file(f"{version.folder}/{name}", part / name, sha256)
        part.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # another process of this host may have been faster
            raise CannotFetch(f"{version}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _load_release_card(folder: Path) -> JSON:
    """Return the model card of a complete release, with the hashes of its files. Raises
    CannotRegister."""
    try:
        card: JSON = json.loads((folder / CARD_FILE).read_text())
        expected = {
            WEIGHTS_FILE: card["sha256"],
            ONNX_FILE: card["onnx_sha256"],
            CARD_FILE: _file_sha256(folder / CARD_FILE),
        }
        if card.get("browser_sha256"):
            expected[BROWSER_FILE] = card["browser_sha256"]
        files = {name: _file_sha256(folder / name) for name in expected}
    except (OSError, ValueError, KeyError) as error:
        raise CannotRegister(f"{folder} is not a complete release: {error!r}") from error
    if not NAME_PATTERN.fullmatch(card.get("name") or ""):
        raise CannotRegister(
            f"The name in {folder / CARD_FILE} may only have letters, digits, ., _ and -."
        )
    if files != expected:
        raise CannotRegister(f"The files in {folder} do not match the hashes in {CARD_FILE}.")
    return {**card, "files": files}


def _restore_missing_files(version: ModelVersion, folder: Path, files: Mapping[str, str]) -> bool:
    """Store the missing files of a version again. Returns False if the folder's files differ from
    the missing ones, so that all must be replaced together."""
    stored = version.card.get("files", {})
    missing = [name for name in files if not _is_stored(version, name, stored.get(name))]
    if any(files[name] != stored.get(name) for name in missing):
        return False
    for name in missing:
        _store_file(folder / name, f"{version.folder}/{name}")
    return True


def _is_stored(version: ModelVersion, file_name: str, sha256: str | None) -> bool:
    name = f"{version.folder}/{file_name}"
    return default_storage.exists(name) and _stored_sha256(name) == sha256


def _store_file(path: Path, name: str) -> None:
    if default_storage.exists(name):
        if _stored_sha256(name) == _file_sha256(path):
            return
        default_storage.delete(name)  # incomplete, written by a process that died
    with path.open("rb") as file:
        saved = default_storage.save(name, File(file))
    if saved != name:  # another process was faster, so the storage chose another name
        default_storage.delete(saved)


def _fetch_file(name: str, path: Path, sha256: str) -> None:
    try:
        with default_storage.open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except Exception as error:  # each storage backend raises its own errors
        raise CannotFetch(f"{name} cannot be read: {error}") from error
    if _file_sha256(path) != sha256:
        raise CannotFetch(f"{name} does not have the registered hash.")


def _stored_sha256(name: str) -> str:
    digest = hashlib.sha256()
    with default_storage.open(name) as file:
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

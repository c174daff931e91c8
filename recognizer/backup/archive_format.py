"""The format of a backup: a ZIP file.

- `tables/TABLE.jsonl`: the names of the columns, then one array per row, ordered by primary key
- `files/NAME`: a file of the storage
- `secret-key`: the key that signs sessions and encrypts second factors
- `manifest.json`: the applied migrations, and the SHA-256 of every other member

The values do not depend on the database, so SQLite and PostgreSQL read each other's backups.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from recognizer.base_errors import DomainError

FORMAT = 1
MANIFEST = "manifest.json"
KEY_FILE = "secret-key"
FILES = "files/"
COPY_BYTES = 1024 * 1024


class CannotBackUp(DomainError):
    """The backup cannot be written."""


class CannotRestore(DomainError):
    """The backup cannot be restored, for the reason in the message."""


def table_member(table: str) -> str:
    return f"tables/{table}.jsonl"


@dataclass
class Manifest:
    """The contents of a backup. `migrations` has the applied ones of each app, in their order."""

    created_at: str
    site_url: str
    database: str
    migrations: Mapping[str, list[str]]
    rows: dict[str, int] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    missing_files: list[str] = field(default_factory=list)
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Raises CannotRestore if the format is newer, ValueError or TypeError if damaged."""
        fields: dict[str, Any] = json.loads(content)
        if fields["format"] > FORMAT:
            raise CannotRestore("A newer version of Digitsite wrote this backup. Update first.")
        return cls(**fields)


def write_member(archive: ZipFile, name: str, chunks: Iterable[bytes], *, compress: bool) -> str:
    """Write a member of unknown size and return its SHA-256."""
    digest = hashlib.sha256()
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED if compress else ZIP_STORED
    with archive.open(info, "w", force_zip64=True) as target:
        for chunk in chunks:
            target.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def hash_member(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(COPY_BYTES):
        digest.update(chunk)
    return digest.hexdigest()

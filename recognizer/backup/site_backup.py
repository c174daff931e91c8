"""Writes a backup while the site runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any
from zipfile import ZipFile

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from recognizer.backup.archive_format import (
    COPY_BYTES,
    FILES,
    KEY_FILE,
    MANIFEST,
    Manifest,
    table_member,
    write_member,
)
from recognizer.backup.table_rows import Model, encode_rows, list_tables, table_name
from recognizer.models import Drawing, ModelVersion

Report = Callable[[str], None]


def write_backup(target: IO[bytes], report: Report) -> Manifest:
    """Write a backup of the site to `target`, which needs no seeking, and return its manifest.

    All rows come from one transaction, so they fit together. Files are written once and never
    changed, so they are copied afterwards: the transaction ends early, and the rows name no file
    that is not complete.
    """
    with ZipFile(target, "w") as archive:
        with _one_state_of_the_database():
            manifest = _describe_site()
            for model in list_tables(apps):
                _write_table(archive, manifest, model)
                report(f"{table_name(model)}: {manifest.rows[table_name(model)]:,} rows")
            names = list(_list_files())
        for number, name in enumerate(names, start=1):
            _write_file(archive, manifest, name)
            if number % 1_000 == 0 or number == len(names):
                report(f"{number:,} of {len(names):,} files")
        key = [settings.SECRET_KEY.encode()]
        manifest.sha256[KEY_FILE] = write_member(archive, KEY_FILE, key, compress=False)
        archive.writestr(MANIFEST, manifest.to_json())
    return manifest


@contextmanager
def _one_state_of_the_database() -> Iterator[None]:
    """Let all queries of a transaction return the state of its first one. Writers do not wait.

    It may be idle for any time, for a slow reader of the backup.
    """
    wrapper: Any = connection
    mode = getattr(wrapper, "transaction_mode", None)
    if connection.vendor == "sqlite":
        wrapper.transaction_mode = "DEFERRED"  # the usual IMMEDIATE locks the writers out
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
    finally:
        if connection.vendor == "sqlite":
            wrapper.transaction_mode = mode


def _describe_site() -> Manifest:
    migrations: dict[str, list[str]] = {}
    for applied in MigrationRecorder(connection).migration_qs.order_by("pk"):
        migrations.setdefault(applied.app, []).append(applied.name)
    return Manifest(
        created_at=timezone.now().isoformat(timespec="seconds"),
        site_url=settings.SITE_URL,
        database=connection.vendor,
        migrations=migrations,
    )


def _write_table(archive: ZipFile, manifest: Manifest, model: Model) -> None:
    table = table_name(model)
    manifest.rows[table] = 0

    def count(rows: int) -> None:
        manifest.rows[table] += rows

    member = table_member(table)
    manifest.sha256[member] = write_member(
        archive, member, encode_rows(model, count), compress=True
    )


def _list_files() -> Iterator[str]:
    """Return the names of all files that rows name: pictures, and files of models."""
    pictures = Drawing.objects.exclude(picture="").order_by("picture").distinct()
    yield from pictures.values_list("picture", flat=True)
    for version in ModelVersion.objects.order_by("pk"):
        for name in version.card.get("files", {}):
            yield f"{version.folder}/{name}"


def _write_file(archive: ZipFile, manifest: Manifest, name: str) -> None:
    """Copy a file. One whose drawing was erased since the rows were read is only noted."""
    with suppress(FileNotFoundError):
        with default_storage.open(name) as source:
            member = FILES + name
            chunks = source.chunks(COPY_BYTES)
            manifest.sha256[member] = write_member(archive, member, chunks, compress=False)
        return
    manifest.missing_files.append(name)

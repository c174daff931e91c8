"""Restores a backup into an empty site."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from struct import error as StructError
from typing import IO, cast
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from recognizer.backup.archive_format import (
    FILES,
    KEY_FILE,
    MANIFEST,
    CannotRestore,
    Manifest,
    hash_member,
    table_member,
)
from recognizer.backup.table_rows import (
    Model,
    delete_rows,
    insert_rows,
    list_tables,
    table_name,
)
from recognizer.db.postgres_connection import allow_idle_transactions
from recognizer.models import AuditEvent, ModelVersion, User

Report = Callable[[str], None]

UNREADABLE = (
    *(BadZipFile, ZlibError, StructError, EOFError),
    *(AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)
"""Errors of zipfile and json at damaged bytes."""

DAMAGED = "This backup is damaged ({}). Nothing was restored. Use another copy."


def restore_backup(path: Path, report: Report) -> Manifest:
    """Restore the backup at `path` into this site, which must be empty. Raises CannotRestore.

    The whole file is checked first. The rows come last, in one transaction: a restore that was
    interrupted leaves an empty database, and can be repeated.
    """
    try:
        with path.open("rb") as file:
            archive, manifest = open_backup(file)
            report(f"The backup of {manifest.site_url} from {manifest.created_at} is complete.")
            check_migrations(manifest.migrations)
            check_empty()
            key = archive.read(KEY_FILE).decode()
            _check_secret_key(key)
            with allow_idle_transactions():
                tables = _create_tables(manifest.migrations)
                _restore_files(archive, manifest, report)
                _restore_rows(archive, manifest, tables, report)
            _restore_secret_key(key)
    except OSError as error:
        raise CannotRestore(f"{error.filename or path}: {error.strerror}.") from None
    call_command("migrate", interactive=False, verbosity=0)
    return manifest


def open_backup(file: IO[bytes]) -> tuple[ZipFile, Manifest]:
    """Compare all members with their hashes, and return archive and manifest. Raises
    CannotRestore."""
    try:
        archive = ZipFile(file)
        manifest = Manifest.from_json(archive.read(MANIFEST))
        names = sorted(archive.namelist())
        if names != sorted([*manifest.sha256, MANIFEST]) or KEY_FILE not in names:
            raise CannotRestore(DAMAGED.format("its manifest lists other members"))
        for name, sha256 in manifest.sha256.items():
            with archive.open(name) as source:
                if hash_member(source) != sha256:
                    raise CannotRestore(DAMAGED.format(f"{name} has another hash"))
    except UNREADABLE as error:
        raise CannotRestore(DAMAGED.format(error)) from None
    return archive, manifest


def check_migrations(migrations: Mapping[str, list[str]]) -> None:
    """Raise CannotRestore if this version does not know all migrations of the backup."""
    known = MigrationExecutor(connection).loader.disk_migrations
    found = [(app, name) for app, names in migrations.items() for name in names]
    unknown = [key for key in found if key not in known]
    if unknown:
        app, name = unknown[0]
        raise CannotRestore(
            f"A newer version of Digitsite wrote this backup (migration {name} of {app})."
            " Update first."
        )


def check_empty() -> None:
    """Raise CannotRestore if the database has users, models or audit events."""
    with suppress(DatabaseError):  # it has no tables yet
        if any(model._default_manager.exists() for model in (User, ModelVersion, AuditEvent)):
            raise CannotRestore(
                "This site is not empty. Restore into a new DIGITSITE_HOME or database, before the"
                " first start."
            )


def _check_secret_key(key: str) -> None:
    """Raise CannotRestore if the setting SECRET_KEY differs from the key of the backup."""
    if key != settings.SECRET_KEY and not _is_key_from_file():
        raise CannotRestore(
            "SECRET_KEY differs from the key of the backup, which encrypts second factors and tells"
            f" users apart in training sets. Set it to the member {KEY_FILE} of the ZIP file."
        )


def _restore_secret_key(key: str) -> None:
    if key != settings.SECRET_KEY:
        _secret_key_path().write_text(key)


def _is_key_from_file() -> bool:
    path = _secret_key_path()
    return path.is_file() and path.read_text().strip() == settings.SECRET_KEY


def _secret_key_path() -> Path:
    return Path(settings.STATE_DIR) / "secret-key"


def _create_tables(migrations: Mapping[str, list[str]]) -> list[Model]:
    """Create the tables as they were in the backup, and return their models."""
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    wanted = {(app, name) for app, names in migrations.items() for name in names}
    if not applied <= wanted:
        raise CannotRestore(
            "The tables of this database are newer than the backup. Restore into an empty database:"
            " the restore creates its tables and updates them."
        )
    targets = [(app, names[-1]) for app, names in migrations.items()]
    state = executor.migrate(targets)
    return list_tables(state.apps)


def _restore_files(archive: ZipFile, manifest: Manifest, report: Report) -> None:
    members = [member for member in manifest.sha256 if member.startswith(FILES)]
    for number, member in enumerate(members, start=1):
        _restore_file(archive, member, manifest.sha256[member])
        if number % 1_000 == 0 or number == len(members):
            report(f"{number:,} of {len(members):,} files")


def _restore_file(archive: ZipFile, member: str, sha256: str) -> None:
    name = member.removeprefix(FILES)
    try:
        if default_storage.exists(name):
            with default_storage.open(name) as stored:
                if hash_member(stored) == sha256:
                    return  # of a restore that was interrupted
            raise CannotRestore(
                f"The storage has another file {name}. If an earlier restore was interrupted,"
                " delete it; else use an empty storage."
            )
        with archive.open(member) as source:
            default_storage.save(name, File(cast("io.BufferedReader", source), name=name))
    except SuspiciousOperation as error:
        raise CannotRestore(DAMAGED.format(error)) from None


def _restore_rows(
    archive: ZipFile, manifest: Manifest, tables: list[Model], report: Report
) -> None:
    """Insert all rows in one transaction. Foreign keys are checked when it ends."""
    with transaction.atomic():
        delete_rows(tables)
        for model in tables:
            table = table_name(model)
            if table not in manifest.rows:
                continue
            try:
                with archive.open(table_member(table)) as lines:
                    count = insert_rows(model, lines)
            except DatabaseError as error:
                raise CannotRestore(f"The database refused the rows of {table}: {error}") from error
            if count != manifest.rows[table]:
                raise CannotRestore(DAMAGED.format(f"{table} has {count} rows"))
            report(f"{table}: {count:,} rows")
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), tables):
                cursor.execute(sql)

"""The total size of the database and of the stored files, compared with SITE_MAX_STORED_BYTES."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from recognizer.base_errors import DomainError

MEASURE_INTERVAL_S = 60.0
RETRY_AFTER_S = 300.0

_lock = threading.Lock()
_measured_at = 0.0
_total_bytes = 0


class StorageFull(DomainError):
    """The site stores no more drawings."""

    code = "unavailable"
    status = 503


def check_site_storage() -> None:
    """Raise StorageFull if the last measured size reaches the limit.

    It never waits: a thread measures the size, at most once a minute.
    """
    global _measured_at
    with _lock:
        is_due = not _measured_at or time.monotonic() - _measured_at > MEASURE_INTERVAL_S
        if is_due:
            _measured_at = time.monotonic()
    if is_due:
        threading.Thread(target=measure_site_storage, name="storage", daemon=True).start()
    if _total_bytes >= settings.SITE_MAX_STORED_BYTES:
        sentence = "The storage of this site is full. An admin must make room."
        raise StorageFull(sentence, retry_after_s=RETRY_AFTER_S)


def measure_site_storage() -> int:
    """Measure and return the size of the database and of the files on this machine.

    Files in a bucket are not counted: a bucket has a quota of its provider.
    """
    global _total_bytes
    try:
        _total_bytes = _database_bytes() + _file_bytes()
    finally:
        connection.close()
    return _total_bytes


def _database_bytes() -> int:
    if connection.vendor == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        query = "SELECT pg_database_size(current_database())"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _file_bytes() -> int:
    try:
        root = Path(default_storage.path(""))
    except NotImplementedError:
        return 0
    return sum(_size(Path(folder) / name) for folder, _, names in os.walk(root) for name in names)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # deleted since it was listed
        return 0

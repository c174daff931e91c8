"""Untrusted zip files: checked as a whole before reading, and never unpacked to the disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings

from recognizer.snapshots.imports.import_records import CannotImport

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
MAX_EXTRA_FILES = 16  # beyond the one file per drawing
DIRECTORY_ENTRY_BYTES = 46
MAX_END_RECORD_BYTES = 22 + 2**16
MAX_COMPRESSION_RATIO = 100  # images of digits reach a ratio of 10
MIN_RATIO_CHECK_BYTES = 8 * 1024 * 1024
"""The user names of 100,000 drawings of one user compress 300 to 1 and are no zip bomb. The total
size is limited anyway."""


@contextmanager
def open_archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open a zip after checking its names, sizes and compression ratios. Raises CannotImport, also
    for errors while it is read."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            _check_entries(archive.infolist())
            yield archive
    except ZIP_ERRORS:
        raise CannotImport("unreadable", "The zip file is corrupt.") from None


def read_small_file(archive: zipfile.ZipFile, name: str, limit: int) -> bytes | None:
    """Return the content of a file, or None if it is missing or larger than `limit` bytes."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        return None
    return archive.read(entry) if entry.file_size <= limit else None


def _check_directory(file: IO[bytes]) -> None:
    """Check the size of the central directory before zipfile reads it into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - MAX_END_RECORD_BYTES))
    tail = file.read(MAX_END_RECORD_BYTES)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise zipfile.BadZipFile
    length = struct.unpack_from("<L", tail, end + 12)[0]
    if length == 0xFFFFFFFF:
        offset = struct.unpack_from("<Q", tail, end - 20 + 8)[0]
        file.seek(min(offset, size))
        length = struct.unpack_from("<Q", file.read(56), 40)[0]
    file.seek(0)
    limit = settings.IMPORT_MAX_DRAWINGS + MAX_EXTRA_FILES
    if length > limit * (DIRECTORY_ENTRY_BYTES + 512):
        raise CannotImport("too_large", f"The zip contains more than {limit:,} files.")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    limit = settings.IMPORT_MAX_DRAWINGS + MAX_EXTRA_FILES
    if len(entries) > limit:
        raise CannotImport("too_large", f"The zip contains more than {limit:,} files.")
    if sum(entry.file_size for entry in entries) > settings.IMPORT_MAX_UNPACKED_BYTES:
        mebibytes = settings.IMPORT_MAX_UNPACKED_BYTES // 2**20
        raise CannotImport("too_large", f"The zip unpacks to more than {mebibytes:,} MiB.")
    if len({entry.filename for entry in entries}) < len(entries):
        raise CannotImport("unsafe_archive", "Two files in the zip have the same name.")
    for entry in entries:
        _check_entry(entry)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or set(entry.orig_filename) & set("\\:\0"):
        raise CannotImport("unsafe_archive", "A path in the zip leaves its folder.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise CannotImport("unsafe_archive", "The zip contains a symbolic link.")
    if entry.flag_bits & 0x1:
        raise CannotImport("unsupported", "The zip is encrypted.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CannotImport("unsupported", "The compression method of the zip is not supported.")
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > MIN_RATIO_CHECK_BYTES and ratio > MAX_COMPRESSION_RATIO:
        raise CannotImport(
            "unsafe_archive", "The compression ratio of a file in the zip is too high."
        )

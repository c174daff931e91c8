"""Import of files as snapshots. Files are identified by their hash and read drawing by drawing.

A dry run reads the whole file and writes nothing. The same file gives the same snapshot.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from recognizer.models import Snapshot, SnapshotDrawing, User
from recognizer.snapshots.build import MAX_NOTE_LENGTH, freeze_snapshot
from recognizer.snapshots.drawing_copies import hash_ink, store_snapshot_drawings
from recognizer.snapshots.imports.idx_reader import has_idx, parse_idx
from recognizer.snapshots.imports.import_records import CannotImport, ImportRecord, RejectedRecord
from recognizer.snapshots.imports.import_report import ImportReport
from recognizer.snapshots.imports.jsonl_reader import parse_jsonl
from recognizer.snapshots.imports.png_csv_reader import LABELS_FILE, parse_png_csv
from recognizer.snapshots.imports.safe_zip import open_archive
from recognizer.snapshots.manifest import ManifestLine
from recognizer.snapshots.user_splits_and_pseudonyms import (
    compute_import_pseudonym,
    compute_import_split,
)

DRAWING_BATCH_SIZE = 500
CHUNK_BYTES = 1024 * 1024

ParsedFile = tuple[str, Iterator[ImportRecord | RejectedRecord]]


@dataclass(frozen=True)
class ImportResult:
    """The report, and the snapshot. It is None after a dry run."""

    report: ImportReport
    snapshot: Snapshot | None


def import_snapshot(
    file: IO[bytes], *, by: User | None, note: str = "", dry_run: bool = False
) -> ImportResult:
    """Import the drawings of a seekable file, a zip or JSON lines. Invalid drawings are counted and
    left out. Raises CannotImport if the file as a whole cannot be imported."""
    if len(note) > MAX_NOTE_LENGTH:
        raise CannotImport("note_too_long", f"Shorten the note to {MAX_NOTE_LENGTH} characters.")
    sha256 = _hash_file(file)
    with _open_import(file) as (file_format, records):
        report = ImportReport(file_format)
        lines = _assign_splits(sha256, records, report)
        while batch := list(islice(lines, DRAWING_BATCH_SIZE)):
            _store_batch(batch, report, dry_run=dry_run)
    if dry_run:
        return ImportResult(report, None)
    if not report.num_drawings:
        raise CannotImport("no_training_data", "The file contains no valid drawing.")
    return ImportResult(
        report, freeze_snapshot(report.manifest, by=by, note=note, is_imported=True)
    )


def _hash_file(file: IO[bytes]) -> str:
    size = file.seek(0, io.SEEK_END)
    if size > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // 2**20
        raise CannotImport("too_large", f"The file is larger than {limit:,} MiB.")
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _open_import(file: IO[bytes]) -> Iterator[ParsedFile]:
    """Yield the file format and an iterator over the records."""
    file.seek(0)
    start = file.read(2)
    file.seek(0)
    if start != b"PK":
        yield "jsonl", parse_jsonl(file)
        return
    with open_archive(file) as archive:
        if has_idx(archive):
            yield "idx", parse_idx(archive)
        elif LABELS_FILE in archive.namelist():
            yield "csv", parse_png_csv(archive)
        else:
            raise CannotImport(
                "unsupported", f"The zip contains neither IDX files nor {LABELS_FILE}."
            )


def _assign_splits(
    sha256: str, records: Iterator[ImportRecord | RejectedRecord], report: ImportReport
) -> Iterator[tuple[ManifestLine, SnapshotDrawing]]:
    """Yield each drawing as a manifest line and a copy. A split in the file is kept; other users
    get one by the hash of their name."""
    splits: dict[str, str] = {}
    for number, record in enumerate(records, start=1):
        if number > settings.IMPORT_MAX_DRAWINGS:
            limit = f"{settings.IMPORT_MAX_DRAWINGS:,}"
            raise CannotImport("too_large", f"The file contains more than {limit} drawings.")
        if isinstance(record, RejectedRecord):
            report.add_rejected(record)
            continue
        name = record.user_name or record.location
        pseudonym = compute_import_pseudonym(sha256, name)
        split = splits.setdefault(pseudonym, record.split or compute_import_split(name).value)
        if record.split not in ("", split):
            reason = "Earlier drawings of this user are in the other split."
            report.add_rejected(RejectedRecord(record.location, reason))
            continue
        yield _make_line(_drawing_id(sha256, number), record, split, pseudonym)


def _make_line(
    drawing_id: UUID, record: ImportRecord, split: str, pseudonym: str
) -> tuple[ManifestLine, SnapshotDrawing]:
    ink_sha256 = hash_ink(record.ink, record.raster)
    copy = SnapshotDrawing(
        drawing_id=drawing_id,
        revision=1,
        ink=record.ink,
        raster=record.raster,
        pointer=record.pointer,
        ink_sha256=ink_sha256,
    )
    return ManifestLine(drawing_id, 1, ink_sha256, record.label, None, split, pseudonym), copy


def _drawing_id(sha256: str, number: int) -> UUID:
    """Return a UUID (RFC 9562, version 8) from the file's hash and the number of the record. Ids
    increase with the number."""
    value = int(sha256[:20], 16) << 48 | number
    value = value & ~(0xF << 76) | (0x8 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def _store_batch(
    batch: list[tuple[ManifestLine, SnapshotDrawing]], report: ImportReport, *, dry_run: bool
) -> None:
    stored: dict[UUID, SnapshotDrawing] = {}
    if not dry_run:
        with transaction.atomic():
            stored = store_snapshot_drawings([copy for _, copy in batch])
    for line, _ in batch:
        snapshot_drawing_id = 0 if dry_run else stored[line.drawing_id].pk
        report.manifest.add(line, snapshot_drawing_id=snapshot_drawing_id)

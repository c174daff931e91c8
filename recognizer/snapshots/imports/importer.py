"""The way of an imported file: known by its hash, read drawing by drawing, sealed as a snapshot.

A dry run reads it all the same and writes nothing. The same file again is the same snapshot.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from recognizer.models import Snapshot, SnapshotDrawing, User
from recognizer.snapshots.build import MAX_NOTE_LENGTH, freeze_snapshot
from recognizer.snapshots.imports.idx_reader import has_idx, parse_idx
from recognizer.snapshots.imports.import_report import ImportReport
from recognizer.snapshots.imports.jsonl_reader import parse_jsonl
from recognizer.snapshots.imports.png_csv_reader import LABELS_FILE, parse_png_csv
from recognizer.snapshots.imports.records import CannotImport, ImportRecord, RejectedRecord
from recognizer.snapshots.imports.safe_zip import open_archive
from recognizer.snapshots.manifest import ManifestLine
from recognizer.snapshots.snapshot_drawings import hash_ink, store_snapshot_drawings
from recognizer.snapshots.user_splits import compute_import_pseudonym, compute_import_split

DRAWING_BATCH_SIZE = 500
CHUNK_BYTES = 1024 * 1024

ParsedFile = tuple[str, Iterator[ImportRecord | RejectedRecord]]


@dataclass(frozen=True)
class ImportResult:
    """What was in the file, and the snapshot; none after a dry run."""

    report: ImportReport
    snapshot: Snapshot | None


def import_snapshot(
    file: IO[bytes], *, by: User | None, note: str = "", dry_run: bool = False
) -> ImportResult:
    """A snapshot of the drawings in this file, which is a zip or JSON lines, seekable. What cannot
    be taken in is counted and left out. Raises CannotImport for the file as a whole."""
    if len(note) > MAX_NOTE_LENGTH:
        raise CannotImport("note_too_long", f"A note has {MAX_NOTE_LENGTH} characters at most.")
    sha256 = _hash_file(file)
    with _open_import(file) as (form, drawings):
        report = ImportReport(form)
        for page in _iter_batches(_assign_splits(sha256, drawings, report)):
            _store_batch(page, report, dry_run=dry_run)
    if dry_run:
        return ImportResult(report, None)
    if not report.drawings:
        raise CannotImport("no_training_data", "There is no drawing in it that can be taken in.")
    return ImportResult(
        report, freeze_snapshot(report.manifest, by=by, note=note, is_imported=True)
    )


def _hash_file(file: IO[bytes]) -> str:
    size = file.seek(0, io.SEEK_END)
    if size > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // 2**20
        raise CannotImport("too_large", f"The file may have {limit:,} MiB at most.")
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(CHUNK_BYTES):
        digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _open_import(file: IO[bytes]) -> Iterator[ParsedFile]:
    """Its form, and what it holds."""
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
            raise CannotImport("unsupported", f"The zip has neither IDX files nor a {LABELS_FILE}.")


def _assign_splits(
    sha256: str, drawings: Iterator[ImportRecord | RejectedRecord], report: ImportReport
) -> Iterator[tuple[ManifestLine, SnapshotDrawing]]:
    """Each drawing as a line and a sample. Whom the file puts on a side stays there; others are
    put where the hash of their name puts them, as people of this site are."""
    sides: dict[str, str] = {}
    for number, one in enumerate(drawings, start=1):
        if number > settings.IMPORT_MAX_DRAWINGS:
            most = f"{settings.IMPORT_MAX_DRAWINGS:,}"
            raise CannotImport("too_large", f"There may be {most} drawings at most.")
        if isinstance(one, RejectedRecord):
            report.refuse(one)
            continue
        named = one.person or one.place
        person = compute_import_pseudonym(sha256, named)
        side = sides.setdefault(person, one.split or compute_import_split(named).value)
        if one.split not in ("", side):
            report.refuse(RejectedRecord(one.place, "This person is on the other side further up."))
            continue
        yield _make_line(_drawing_id(sha256, number), one, side, person)


def _make_line(
    drawing_id: UUID, one: ImportRecord, side: str, person: str
) -> tuple[ManifestLine, SnapshotDrawing]:
    ink_sha256 = hash_ink(one.ink, one.raster)
    sample = SnapshotDrawing(
        drawing_id=drawing_id,
        revision=1,
        ink=one.ink,
        raster=one.raster,
        pointer=one.pointer,
        ink_sha256=ink_sha256,
    )
    return ManifestLine(drawing_id, 1, ink_sha256, one.label, None, side, person), sample


def _drawing_id(sha256: str, number: int) -> UUID:
    """The same for the same place of the same file, in their order (RFC 9562, version 8)."""
    value = int(sha256[:20], 16) << 48 | number
    value = value & ~(0xF << 76) | (0x8 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def _iter_batches(
    lines: Iterator[tuple[ManifestLine, SnapshotDrawing]],
) -> Iterator[list[tuple[ManifestLine, SnapshotDrawing]]]:
    page: list[tuple[ManifestLine, SnapshotDrawing]] = []
    for one in lines:
        page.append(one)
        if len(page) == DRAWING_BATCH_SIZE:
            yield page
            page = []
    yield page


def _store_batch(
    page: list[tuple[ManifestLine, SnapshotDrawing]], report: ImportReport, *, dry_run: bool
) -> None:
    kept: dict[UUID, SnapshotDrawing] = {}
    if not dry_run:
        with transaction.atomic():
            kept = store_snapshot_drawings([sample for _, sample in page])
    for line, _ in page:
        snapshot_drawing_id = 0 if dry_run else kept[line.drawing_id].pk
        report.manifest.add(line, snapshot_drawing_id=snapshot_drawing_id)

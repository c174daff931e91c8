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
from recognizer.snapshots.build import NOTE_LENGTH
from recognizer.snapshots.imports.archive import open_archive
from recognizer.snapshots.imports.idx import has_idx, read_idx
from recognizer.snapshots.imports.incoming import CannotImport, Incoming, Refusal
from recognizer.snapshots.imports.lines import read_lines
from recognizer.snapshots.imports.pictures import TABLE, read_pictures
from recognizer.snapshots.imports.report import Report
from recognizer.snapshots.manifest import Line
from recognizer.snapshots.sampling import hash_ink, keep_samples
from recognizer.snapshots.sealing import seal_snapshot
from recognizer.snapshots.split import person_of_import, side_of

SAMPLES_AT_ONCE = 500
BYTES_AT_ONCE = 1024 * 1024

Reading = tuple[str, Iterator[Incoming | Refusal]]


@dataclass(frozen=True)
class Imported:
    """What was in the file, and the snapshot; none after a dry run."""

    report: Report
    snapshot: Snapshot | None


def import_snapshot(
    file: IO[bytes], *, by: User | None, note: str = "", dry_run: bool = False
) -> Imported:
    """A snapshot of the drawings in this file, which is a zip or JSON lines, seekable. What cannot
    be taken in is counted and left out. Raises CannotImport for the file as a whole."""
    if len(note) > NOTE_LENGTH:
        raise CannotImport("note_too_long", f"A note has {NOTE_LENGTH} characters at most.")
    sha256 = _hash(file)
    with _open(file) as (form, drawings):
        report = Report(form)
        for page in _pages(_place(sha256, drawings, report)):
            _take_in(page, report, dry_run=dry_run)
    if dry_run:
        return Imported(report, None)
    if not report.drawings:
        raise CannotImport("no_training_data", "There is no drawing in it that can be taken in.")
    return Imported(report, seal_snapshot(report.manifest, by=by, note=note, is_imported=True))


def _hash(file: IO[bytes]) -> str:
    size = file.seek(0, io.SEEK_END)
    if size > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // 2**20
        raise CannotImport("too_large", f"The file may have {limit:,} MiB at most.")
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(BYTES_AT_ONCE):
        digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _open(file: IO[bytes]) -> Iterator[Reading]:
    """Its form, and what it holds."""
    file.seek(0)
    start = file.read(2)
    file.seek(0)
    if start != b"PK":
        yield "jsonl", read_lines(file)
        return
    with open_archive(file) as archive:
        if has_idx(archive):
            yield "idx", read_idx(archive)
        elif TABLE in archive.namelist():
            yield "csv", read_pictures(archive)
        else:
            raise CannotImport("unsupported", f"The zip has neither IDX files nor a {TABLE}.")


def _place(
    sha256: str, drawings: Iterator[Incoming | Refusal], report: Report
) -> Iterator[tuple[Line, SnapshotDrawing]]:
    """Each drawing as a line and a sample. Whom the file puts on a side stays there; others are
    put where the hash of their name puts them, as people of this site are."""
    sides: dict[str, str] = {}
    for number, one in enumerate(drawings, start=1):
        if number > settings.IMPORT_MAX_DRAWINGS:
            most = f"{settings.IMPORT_MAX_DRAWINGS:,}"
            raise CannotImport("too_large", f"There may be {most} drawings at most.")
        if isinstance(one, Refusal):
            report.refuse(one)
            continue
        named = one.person or one.place
        person = person_of_import(sha256, named)
        side = sides.setdefault(person, one.split or side_of(named).value)
        if one.split not in ("", side):
            report.refuse(Refusal(one.place, "This person is on the other side further up."))
            continue
        yield _line_and_sample(_drawing_id(sha256, number), one, side, person)


def _line_and_sample(
    drawing_id: UUID, one: Incoming, side: str, person: str
) -> tuple[Line, SnapshotDrawing]:
    ink_sha256 = hash_ink(one.ink, one.raster)
    sample = SnapshotDrawing(
        drawing_id=drawing_id,
        revision=1,
        ink=one.ink,
        raster=one.raster,
        pointer=one.pointer,
        ink_sha256=ink_sha256,
    )
    return Line(drawing_id, 1, ink_sha256, one.label, None, side, person), sample


def _drawing_id(sha256: str, number: int) -> UUID:
    """The same for the same place of the same file, in their order (RFC 9562, version 8)."""
    value = int(sha256[:20], 16) << 48 | number
    value = value & ~(0xF << 76) | (0x8 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def _pages(
    lines: Iterator[tuple[Line, SnapshotDrawing]],
) -> Iterator[list[tuple[Line, SnapshotDrawing]]]:
    page: list[tuple[Line, SnapshotDrawing]] = []
    for one in lines:
        page.append(one)
        if len(page) == SAMPLES_AT_ONCE:
            yield page
            page = []
    yield page


def _take_in(page: list[tuple[Line, SnapshotDrawing]], report: Report, *, dry_run: bool) -> None:
    kept: dict[UUID, SnapshotDrawing] = {}
    if not dry_run:
        with transaction.atomic():
            kept = keep_samples([sample for _, sample in page])
    for line, _ in page:
        snapshot_drawing_id = 0 if dry_run else kept[line.drawing_id].pk
        report.manifest.add(line, snapshot_drawing_id=snapshot_drawing_id)

"""Import of files as snapshots. Files are identified by their hash and read drawing by drawing.

A dry run reads the whole file and writes nothing. The same file gives the same snapshot.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from recognizer.audit.events import record_event
from recognizer.models import AuditAction, Snapshot, SnapshotDrawing, User
from recognizer.snapshots.build import MAX_NOTE_LENGTH, freeze_import
from recognizer.snapshots.drawing_copies import (
    capture_drawings,
    hash_ink,
    store_snapshot_drawings,
)
from recognizer.snapshots.imports.bounded_lines import UTF8_BOM
from recognizer.snapshots.imports.idx_reader import find_idx_files, parse_idx
from recognizer.snapshots.imports.import_check import compare_with_champion
from recognizer.snapshots.imports.import_records import (
    CannotImport,
    CannotImportDrawing,
    DrawingKey,
    ImportRecord,
    RejectedRecord,
)
from recognizer.snapshots.imports.import_report import ImportReport
from recognizer.snapshots.imports.jsonl_reader import parse_jsonl
from recognizer.snapshots.imports.known_drawings import DELETED, KnownDrawing, find_known_drawings
from recognizer.snapshots.imports.png_csv_reader import (
    LABELS_FILE,
    find_labels_file,
    parse_png_csv,
)
from recognizer.snapshots.imports.safe_zip import open_archive
from recognizer.snapshots.manifest import LineBuffer, ManifestLine, StoredLine
from recognizer.snapshots.user_splits_and_pseudonyms import (
    compute_import_pseudonym,
    compute_import_split,
    compute_pseudonym,
)

DRAWING_BATCH_SIZE = 500
CHUNK_BYTES = 1024 * 1024
FIRST_BYTES = 4096
OBJECT_START = re.compile(rb'\{\s*"')
FORMATS = (
    "Import a zip with IDX files, a zip with PNG pictures and labels.csv, or a JSON Lines file in "
    "UTF-8."
)
DUPLICATE = "An earlier line has this drawing."

ParsedFile = tuple[str, Iterator[ImportRecord | RejectedRecord]]


class _Candidate(NamedTuple):
    """A drawing to import. `copy` is None for a drawing of this site, which has its own copy."""

    record: ImportRecord
    key: DrawingKey
    split: str
    user_pseudonym: str
    copy: SnapshotDrawing | None


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
        candidates = _Candidates(sha256, report)
        numbered, buffer = enumerate(records, start=1), LineBuffer()
        while batch := list(islice(numbered, DRAWING_BATCH_SIZE)):
            _store_batch(candidates.select(batch), report, buffer, dry_run=dry_run)
    if not dry_run and not report.num_drawings:
        raise CannotImport("no_training_data", "The file contains no valid drawing.")
    report.champion_check = compare_with_champion(report.sample.records)
    if dry_run:
        return ImportResult(report, None)
    snapshot = freeze_import(report.manifest, buffer, by=by, note=note)
    record_event(AuditAction.TRAINING_SET_IMPORTED, actor=by, object=f"training set {snapshot.ref}")
    return ImportResult(report, snapshot)


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
    """Yield the file format and an iterator over the records. Raises CannotImport."""
    file.seek(0)
    start = file.read(FIRST_BYTES)
    file.seek(0)
    if not start.startswith(b"PK"):
        _check_json_lines(start)
        yield "jsonl", parse_jsonl(file)
        return
    with open_archive(file) as archive:
        if idx_files := find_idx_files(archive):
            yield "idx", parse_idx(archive, idx_files)
        elif labels_file := find_labels_file(archive):
            yield "csv", parse_png_csv(archive, labels_file)
        else:
            raise CannotImport(
                "unsupported", f"The zip contains neither IDX files nor {LABELS_FILE}. {FORMATS}"
            )


def _check_json_lines(start: bytes) -> None:
    """Refuse files that cannot be JSON Lines, instead of rejecting each of their lines.

    One of the first lines must start as an object. A JSON array has one too.
    """
    text = start.removeprefix(UTF8_BOM).strip()
    lines = [line.strip() for line in text.split(b"\n")]
    if not text:
        raise CannotImport("no_training_data", f"The file is empty. {FORMATS}")
    if text.startswith(b"[") or not any(map(OBJECT_START.match, lines)):
        raise CannotImport("unsupported", f"The file is neither a zip nor JSON Lines. {FORMATS}")


class _Candidates:
    """Selects the records to import and assigns splits. A user keeps the split of the first record
    that gives one; other users get one by the hash of their name."""

    def __init__(self, sha256: str, report: ImportReport) -> None:
        self._sha256 = sha256
        self._report = report
        self._splits: dict[str, str] = {}
        self._linked: set[UUID] = set()

    def select(
        self, batch: Sequence[tuple[int, ImportRecord | RejectedRecord]]
    ) -> list[_Candidate]:
        """Return the candidates of a batch of numbered records. Raises CannotImport."""
        if batch[-1][0] > settings.IMPORT_MAX_DRAWINGS:
            limit = f"{settings.IMPORT_MAX_DRAWINGS:,}"
            raise CannotImport("too_large", f"The file contains more than {limit} drawings.")
        keys = [one.key for _, one in batch if isinstance(one, ImportRecord) and one.key]
        known = find_known_drawings(keys) if keys else {}
        found = []
        for number, record in batch:
            if isinstance(record, RejectedRecord):
                self._report.add_rejected(record)
                continue
            try:
                of_site = known.get(record.key) if record.key else None
                found.append(self._link(record, of_site) if of_site else self._copy(number, record))
            except CannotImportDrawing as error:
                self._report.add_rejected(RejectedRecord(record.location, str(error)))
        return found

    def _link(self, record: ImportRecord, known: KnownDrawing) -> _Candidate:
        """Link a drawing of this site. It keeps the split and the pseudonym of its user."""
        if known.refusal or known.key.id in self._linked:
            raise CannotImportDrawing(known.refusal or DUPLICATE)
        self._linked.add(known.key.id)
        return _Candidate(
            record, known.key, known.split, compute_pseudonym(known.owner_id), copy=None
        )

    def _copy(self, number: int, record: ImportRecord) -> _Candidate:
        name = record.user_name or record.location
        pseudonym = compute_import_pseudonym(self._sha256, name)
        split = self._splits.setdefault(pseudonym, record.split or compute_import_split(name).value)
        if record.split not in ("", split):
            raise CannotImportDrawing("Earlier drawings of this user are in the other split.")
        key = DrawingKey(_drawing_id(self._sha256, number), 1)
        copy = SnapshotDrawing(
            drawing_id=key.id,
            revision=key.revision,
            ink=record.ink,
            raster=record.raster,
            pointer=record.pointer,
            ink_sha256=hash_ink(record.ink, record.raster),
        )
        return _Candidate(record, key, split, pseudonym, copy)


def _drawing_id(sha256: str, number: int) -> UUID:
    """Return a UUID (RFC 9562, version 8) from the file's hash and the number of the record. Ids
    increase with the number."""
    value = int(sha256[:20], 16) << 48 | number
    value = value & ~(0xF << 76) | (0x8 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def _store_batch(
    candidates: list[_Candidate], report: ImportReport, buffer: LineBuffer, *, dry_run: bool
) -> None:
    """Add the candidates to the report; unless it is a dry run, store their drawings and add their
    lines to the buffer."""
    stored = {} if dry_run else _store_copies(candidates)
    lines = []
    for one in candidates:
        copy = one.copy if dry_run else stored.get(one.key.id)
        if copy is None and not dry_run:  # deleted since it was looked up
            report.add_rejected(RejectedRecord(one.record.location, DELETED))
            continue
        sha256 = copy.ink_sha256 if copy else ""
        decision = (one.record.label, None, one.split, one.user_pseudonym)
        lines.append(ManifestLine(str(one.key.id), one.key.revision, sha256, *decision))
        report.sample.add(one.record)
        if copy and not dry_run:
            buffer.add(StoredLine(UUID(int=len(buffer) + 1), copy.pk, *decision))
    report.manifest.add(lines)


def _store_copies(candidates: list[_Candidate]) -> dict[UUID, SnapshotDrawing]:
    copies = [one.copy for one in candidates if one.copy is not None]
    linked = {one.key.id: one.key.revision for one in candidates if one.copy is None}
    with transaction.atomic():
        return store_snapshot_drawings(copies) | capture_drawings(linked)

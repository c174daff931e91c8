"""Export formats of snapshots. Files are written while they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recognizer.audit.events import record_event
from recognizer.base_errors import DomainError
from recognizer.models import AuditAction, Snapshot
from recognizer.snapshots.exports.idx_writer import export_idx
from recognizer.snapshots.exports.jsonl_writer import export_jsonl
from recognizer.snapshots.exports.parquet_writer import export_parquet
from recognizer.snapshots.exports.png_csv_writer import export_png_csv


class CannotExportSnapshot(DomainError):
    """The export format is unknown."""


@dataclass(frozen=True)
class SnapshotExport:
    """The name, media type and content chunks of a file."""

    name: str
    media_type: str
    chunks: Iterator[bytes]


ExportWriter = Callable[[Snapshot], Iterator[bytes]]
EXPORT_FORMATS: dict[str, tuple[ExportWriter, str, str]] = {
    "idx": (export_idx, "idx.zip", "application/zip"),
    "csv": (export_png_csv, "csv.zip", "application/zip"),
    "parquet": (export_parquet, "parquet.zip", "application/zip"),
    "jsonl": (export_jsonl, "jsonl", "application/x-ndjson"),
}
"""Writer, file suffix and media type of each format."""


def export_snapshot(snapshot: Snapshot, export_format: str) -> SnapshotExport:
    """Export as IDX (the MNIST format), as PNG pictures with a CSV, as Parquet with a dataset card,
    or as strokes in JSON lines.

    Items that may not be used are left out (see `usable_items`). All but JSON lines contain the
    inputs of models, so drawings without a prediction are left out. Raises CannotExportSnapshot.
    """
    if export_format not in EXPORT_FORMATS:
        message = f"Unknown format. Use one of: {', '.join(EXPORT_FORMATS)}."
        raise CannotExportSnapshot(message, errors={"format": message})
    write, suffix, media_type = EXPORT_FORMATS[export_format]
    record_event(
        AuditAction.TRAINING_SET_EXPORTED,
        object=f"training set {snapshot.ref}",
        format=export_format,
    )
    return SnapshotExport(f"digitsite-{snapshot.ref}-{suffix}", media_type, write(snapshot))

"""A snapshot as a file, in one of three forms, written while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recognizer.models import Snapshot
from recognizer.snapshots.exports.idx_writer import export_idx
from recognizer.snapshots.exports.jsonl_writer import export_jsonl
from recognizer.snapshots.exports.png_csv_writer import export_png_csv


class CannotExportSnapshot(Exception):
    """There is no such form."""


@dataclass(frozen=True)
class SnapshotExport:
    """A file's name, its media type and its content in pieces."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


ExportWriter = Callable[[Snapshot], Iterator[bytes]]
EXPORT_FORMATS: dict[str, tuple[ExportWriter, str, str]] = {
    "idx": (export_idx, "idx.zip", "application/zip"),
    "csv": (export_png_csv, "csv.zip", "application/zip"),
    "jsonl": (export_jsonl, "jsonl", "application/x-ndjson"),
}
"""Every form by its name: who writes it, how its files end, its media type."""


def export_snapshot(snapshot: Snapshot, form: str) -> SnapshotExport:
    """IDX as MNIST comes, PNG pictures with a CSV, or strokes as JSON lines. Raises CannotExport.

    Left out is what may not be used now (see `read_items`), and from the first two what no
    network has seen: the pictures are those that networks saw.
    """
    if form not in EXPORT_FORMATS:
        raise CannotExportSnapshot(
            f"There is no such form. There are: {', '.join(EXPORT_FORMATS)}."
        )
    write, suffix, media_type = EXPORT_FORMATS[form]
    return SnapshotExport(f"digitsite-{snapshot.ref}-{suffix}", media_type, write(snapshot))

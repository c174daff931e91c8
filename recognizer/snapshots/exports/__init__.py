"""A snapshot as a file, in one of three forms, written while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recognizer.models import Snapshot
from recognizer.snapshots.exports.idx import export_idx
from recognizer.snapshots.exports.lines import export_lines
from recognizer.snapshots.exports.pictures import export_pictures


class CannotExport(Exception):
    """There is no such form."""


@dataclass(frozen=True)
class Export:
    """A file's name, its media type and its content in pieces."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


Writer = Callable[[Snapshot], Iterator[bytes]]
FORMS: dict[str, tuple[Writer, str, str]] = {
    "idx": (export_idx, "idx.zip", "application/zip"),
    "csv": (export_pictures, "csv.zip", "application/zip"),
    "jsonl": (export_lines, "jsonl", "application/x-ndjson"),
}
"""Every form by its name: who writes it, how its files end, its media type."""


def export_snapshot(snapshot: Snapshot, form: str) -> Export:
    """IDX as MNIST comes, PNG pictures with a CSV, or strokes as JSON lines. Raises CannotExport.

    Left out is what may not be used now (see `read_items`), and from the first two what no
    network has seen: the pictures are those that networks saw.
    """
    if form not in FORMS:
        raise CannotExport(f"There is no such form. There are: {', '.join(FORMS)}.")
    write, suffix, media_type = FORMS[form]
    return Export(f"digitsite-{snapshot.ref}-{suffix}", media_type, write(snapshot))

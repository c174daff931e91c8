"""A zip file that is written while it is sent, with a README."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO

from recognizer.models import Snapshot
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.streaming_download import CHUNK_SIZE_BYTES, StreamedZip

README_TEMPLATE = """\
Training set {sha256}
{note}
{description}

Drawings in this file: {written}
Left out: {erased} erased, {withdrawn} with withdrawn consent, {suspended} of suspended reviewers,
{without_raster} without a raster (export those as JSON lines).

Users are named by pseudonyms. Each user is in one split only, training or holdout.
Label 10, or not_a_digit, means that the drawing is not a digit.
"""


class ZipStream:
    """Writes entries, and returns the bytes written so far with `read_chunk`. Callers count the
    drawings in `written` and `without_raster`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.written = self.without_raster = 0
        self._snapshot = snapshot
        self.archive = StreamedZip()

    def read_chunk(self) -> bytes:
        return self.archive.take()

    def add(self, name: str, content: bytes) -> None:
        """Add a small file without compression, since pictures are compressed already."""
        self.archive.writestr(self._entry(name, zipfile.ZIP_STORED), content)

    def copy(self, name: str, *parts: IO[bytes]) -> Iterator[bytes]:
        """Add one file that consists of these parts, each read from its start."""
        with self.archive.open(
            self._entry(name, zipfile.ZIP_DEFLATED), "w", force_zip64=True
        ) as entry:
            for part in parts:
                part.seek(0)
                while chunk := part.read(CHUNK_SIZE_BYTES):
                    entry.write(chunk)
                    yield self.read_chunk()

    def close(self, description: str) -> bytes:
        """Add the README with this description, and return the rest of the zip."""
        text = README_TEMPLATE.format(
            sha256=self._snapshot.sha256,
            note=self._snapshot.note,
            description=description,
            written=self.written,
            without_raster=self.without_raster,
            **count_excluded(self._snapshot),
        )
        self.add("README.txt", text.encode())
        self.archive.close()
        return self.read_chunk()

    def _entry(self, name: str, compression: int) -> zipfile.ZipInfo:
        """Return an entry with the date of the snapshot, so that equal snapshots give equal
        files."""
        entry = zipfile.ZipInfo(name, self._snapshot.created_at.timetuple()[:6])
        entry.compress_type = compression
        return entry

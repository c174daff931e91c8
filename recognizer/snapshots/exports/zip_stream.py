"""A zip that is written while it is sent, with a page that says what is in it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO

from recognizer.models import Snapshot
from recognizer.snapshots.queries import count_excluded
from recognizer.streaming import CHUNK_SIZE_BYTES, StreamBuffer

README_TEMPLATE = """\
Training set {sha256}
{note}
{form}

Drawings written here: {written}
Left out: {erased} erased, {withdrawn} whose owners said no since, {unseen} that no network has seen
as a picture (export those as JSON lines).

People are named by pseudonyms. Who is in training is in no holdout, and the other way round.
Label 10, or not_a_digit, stands for what is none.
"""


class ZipStream:
    """Writes entries, and hands out what has been written so far by `take`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.written = self.unseen = 0
        self._snapshot = snapshot
        self._outlet = StreamBuffer()
        self.archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED)

    def take(self) -> bytes:
        return self._outlet.take()

    def add(self, name: str, content: bytes) -> None:
        """A small file, not compressed: pictures are already."""
        self.archive.writestr(self._entry(name, zipfile.ZIP_STORED), content)

    def copy(self, name: str, *parts: IO[bytes]) -> Iterator[bytes]:
        """One file of all these parts, each read from its start."""
        with self.archive.open(
            self._entry(name, zipfile.ZIP_DEFLATED), "w", force_zip64=True
        ) as entry:
            for part in parts:
                part.seek(0)
                while piece := part.read(CHUNK_SIZE_BYTES):
                    entry.write(piece)
                    yield self.take()

    def close(self, form: str) -> bytes:
        """The page, the end of the zip, and what is left to send."""
        text = README_TEMPLATE.format(
            sha256=self._snapshot.sha256,
            note=self._snapshot.note,
            form=form,
            written=self.written,
            unseen=self.unseen,
            **count_excluded(self._snapshot),
        )
        self.add("README.txt", text.encode())
        self.archive.close()
        return self.take()

    def _entry(self, name: str, compression: int) -> zipfile.ZipInfo:
        """Dated as the snapshot is: the same snapshot is the same file."""
        entry = zipfile.ZipInfo(name, self._snapshot.created_at.timetuple()[:6])
        entry.compress_type = compression
        return entry

"""Files that are sent while they are written."""

from __future__ import annotations

import io
import pickle
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse

CHUNK_SIZE_BYTES = 64 * 1024
MAX_DIRECTORY_BYTES = 1024 * 1024  # of the directory of a zip in memory


class StreamBuffer(io.RawIOBase):
    """The target of a zipfile: not seekable, and emptied after each piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        """Return the bytes written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class StreamedZip(zipfile.ZipFile):
    """A zip that is sent while it is written. `take` returns the bytes since the last call.

    zipfile keeps the directory, half a kilobyte for each file, in memory until the end. Here it is
    in a temporary file. Names must be unique.
    """

    def __init__(self) -> None:
        self._stream = StreamBuffer()
        super().__init__(self._stream, "w", zipfile.ZIP_DEFLATED)
        self._directory = _ZipDirectory()
        self.filelist = self._directory
        self.NameToInfo = _NoNames()

    def take(self) -> bytes:
        return self._stream.take()

    def close(self) -> None:
        super().close()
        self._directory.file.close()


class _ZipDirectory(list[zipfile.ZipInfo]):
    """A list of entries in a temporary file; only what zipfile needs to write one."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(MAX_DIRECTORY_BYTES)  # noqa: SIM115 - closed with the zip
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, entry: zipfile.ZipInfo) -> None:
        pickle.dump(entry, self.file)
        self._count += 1

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self.file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self.file)  # noqa: S301 - written by this process


class _NoNames(dict[str, zipfile.ZipInfo]):
    """The index of entries by name, which only reading needs."""

    def __setitem__(self, name: str, entry: zipfile.ZipInfo) -> None:
        pass


def stream_download(
    request: HttpRequest, pieces: Iterator[bytes], *, name: str, media_type: str
) -> StreamingHttpResponse:
    """Return the pieces as a download that caches must not store."""
    return StreamingHttpResponse(
        _adapt_to_asgi(request, pieces),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _adapt_to_asgi(
    request: HttpRequest, pieces: Iterator[bytes]
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """Under ASGI, Django collects a synchronous iterator completely before it sends anything."""
    return _iterate_async(pieces) if hasattr(request, "scope") else pieces


async def _iterate_async(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece

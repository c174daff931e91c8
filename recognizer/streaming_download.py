"""Files that are sent while they are written."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse

CHUNK_SIZE_BYTES = 64 * 1024


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

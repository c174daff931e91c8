"""Files that are sent while they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse


def stream_download(
    request: HttpRequest, pieces: Iterator[bytes], *, name: str, media_type: str
) -> StreamingHttpResponse:
    """The pieces as a private file of this name."""
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
    """Under ASGI Django would first gather a plain iterator whole."""
    return _iterate_async(pieces) if hasattr(request, "scope") else pieces


async def _iterate_async(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece

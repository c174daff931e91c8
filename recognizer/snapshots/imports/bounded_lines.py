"""Lines of untrusted files, read without keeping an overlong line in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

UTF8_BOM = b"\xef\xbb\xbf"


def iter_bounded_lines(file: IO[bytes], limit: int) -> Iterator[bytes | None]:
    """Yield each line with its line end, and None for a line of more than `limit` bytes. A
    byte-order mark at the start is left out."""
    is_first = True
    while line := file.readline(limit + 1):
        if is_first:
            line, is_first = line.removeprefix(UTF8_BOM), False
        if len(line) <= limit:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(limit)
        yield None

"""An uploaded picture on this side of the queue: its header is read, its size checked, its bytes
kept. Nothing is decoded here; that is the worker's."""

import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.errors import CodedError

# Start of frame, of every kind of JPEG; C4, C8 and CC are other segments.
JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})


class CannotReadPicture(CodedError):
    """`code` is empty, too_large, unsupported or unreadable."""

    statuses: ClassVar[Mapping[str, int]] = {"too_large": 413, "unsupported": 415}

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, errors={"image": [message]})


@dataclass(frozen=True)
class ImageHeader:
    """What the first bytes say; sides in pixels."""

    suffix: str
    width: int
    height: int


@dataclass(frozen=True)
class StoredPicture:
    """Where a picture lies in the file storage, and whether it was put there just now."""

    name: str
    is_new: bool


def parse_image_header(content: bytes) -> ImageHeader:
    """Kind and size of a PNG, JPEG or WebP, without decoding it. Raises CannotReadPicture."""
    if not content:
        raise CannotReadPicture("empty", "The file is empty.")
    if len(content) > settings.PICTURE_MAX_BYTES:
        mebibytes = settings.PICTURE_MAX_BYTES // 2**20
        raise CannotReadPicture("too_large", f"A picture may have {mebibytes} MiB at most.")
    header = _parse_nonempty_header(content)
    if header.width * header.height > settings.PICTURE_MAX_PIXELS:
        pixels = f"{settings.PICTURE_MAX_PIXELS:,}"
        raise CannotReadPicture("too_large", f"A picture may have {pixels} pixels at most.")
    return header


def store_picture(*, owner_id: int, ref: UUID, content: bytes) -> StoredPicture:
    """Put a picture into the file storage. Its name follows from owner, ref and content, so that
    the same request sent again names the same file. Raises CannotReadPicture."""
    suffix = parse_image_header(content).suffix
    digest = hashlib.sha256(f"{owner_id} {ref} ".encode() + content).hexdigest()
    name = f"pictures/{digest[:2]}/{digest}.{suffix}"
    if default_storage.exists(name):
        return StoredPicture(name, is_new=False)
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:  # the same request at the same moment was first
        default_storage.delete(stored)
    return StoredPicture(name, is_new=stored == name)


def discard_picture(kept: StoredPicture) -> None:
    """Undo `keep_picture` when no drawing came of it."""
    if kept.is_new:
        default_storage.delete(kept.name)


def _parse_nonempty_header(content: bytes) -> ImageHeader:
    header = _parse_header(content)
    if not (header.width and header.height):
        raise _unreadable_error()
    return header


def _parse_header(content: bytes) -> ImageHeader:
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return ImageHeader("png", *_parse_png_size(content))
        if content.startswith(b"\xff\xd8"):
            return ImageHeader("jpg", *_parse_jpeg_size(content))
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return ImageHeader("webp", *_parse_webp_size(content))
    except (struct.error, IndexError, ValueError):
        raise _unreadable_error() from None
    raise CannotReadPicture("unsupported", "A picture must be a PNG, a JPEG or a WebP.")


def _unreadable_error() -> CannotReadPicture:
    return CannotReadPicture("unreadable", "This picture could not be read.")


def _parse_png_size(content: bytes) -> tuple[int, int]:
    kind, width, height = struct.unpack_from(">4sII", content, 12)
    if kind != b"IHDR":
        raise ValueError
    return width, height


def _parse_jpeg_size(content: bytes) -> tuple[int, int]:
    """Walk the segments up to the frame header."""
    stream = io.BytesIO(content)
    stream.seek(2)
    while True:
        start, marker = stream.read(2)
        if start != 0xFF:
            raise ValueError
        while marker == 0xFF:  # fill bytes
            (marker,) = stream.read(1)
        if marker in JPEG_STANDALONE_MARKERS:
            continue
        (length,) = struct.unpack(">H", stream.read(2))
        if marker in JPEG_FRAME_MARKERS:
            height, width = struct.unpack(">xHH", stream.read(5))
            return width, height
        stream.seek(length - 2, io.SEEK_CUR)


def _parse_webp_size(content: bytes) -> tuple[int, int]:
    """The three kinds of the first chunk: lossy, lossless, extended."""
    kind = content[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", content, 21)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(content) >= 30:
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
        return width, height
    raise ValueError

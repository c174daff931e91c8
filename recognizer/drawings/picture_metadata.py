"""Removal of everything from a PNG, JPEG or WebP that its pixels do not need.

A damaged metadata block then cannot make a picture unreadable, a picture keeps no place or author,
and no block hides data. The orientation is kept. Later pictures of an animation are dropped.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import Image

MAX_BLOCKS = 10_000
"""Chunks or segments of a file: a file of 5 MiB can have a million empty ones."""
MAX_JPEG_SCANS = 64
"""Each scan decodes all pixels again, and takes as little as 20 bytes."""
MAX_EXIF_BYTES = 65_535

_ORIENTATION_TAG = 0x0112
_EXIF_PREFIX = b"Exif\x00\x00"

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRANSPARENCY_BYTES: Final = {0: (2,), 2: (6,), 3: range(1, 257)}  # by colour type

JPEG_SIGNATURE = b"\xff\xd8"
# A byte of 0xff in the data of a scan is followed by zero or by a restart marker.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_START_OF_SCAN, _END_OF_IMAGE, _APP1, _COMMENT = 0xDA, 0xD9, 0xE1, 0xFE
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP14 = 0xEE
_ADOBE_TRANSFORMS = (0, 1, 2)
_NEEDED_APP_BYTES: Final = {0xE0: (b"JFIF\x00", 14), _APP14: (b"Adobe", 12)}

_WEBP_PIXEL_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_ALPHA_FLAG, _WEBP_ANIMATION_FLAG, _WEBP_EXIF_FLAG = 0x10, 0x02, 0x08

Chunk = tuple[bytes, bytes]


class DamagedPicture(ValueError):
    """The structure of the file is damaged, or its end is missing."""


def strip_metadata(content: bytes) -> bytes:
    """Return a file with the same pixels and orientation, without metadata.

    Raises DamagedPicture. The pixels are not decoded, so they may still be damaged.
    """
    try:
        if content.startswith(PNG_SIGNATURE):
            return _strip_png(content)
        if content.startswith(JPEG_SIGNATURE):
            return _strip_jpeg(content)
        return _strip_webp(content)
    except (struct.error, IndexError) as error:
        raise DamagedPicture("The file ends early.") from error


def _strip_png(content: bytes) -> bytes:
    """Keep header, palette, transparency and pixels. Pixels become one chunk."""
    needed: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    exif, has_damaged_pixels = b"", False
    for kind, body, is_damaged in _read_png_chunks(content):
        if kind == b"IDAT":
            pixels.append(body)
            has_damaged_pixels = has_damaged_pixels or is_damaged
        elif kind == b"eXIf":
            exif = body
        elif kind == b"IHDR" and (is_damaged or kind in needed):
            raise DamagedPicture("The header is damaged, or there are two.")
        else:
            needed.setdefault(kind, body)
    header = needed.get(b"IHDR", b"")
    if len(header) != 13 or not pixels:
        raise DamagedPicture("The file has no header or no pixels.")
    chunks: list[Chunk] = [(b"IHDR", header)]
    if b"PLTE" in needed:
        chunks.append((b"PLTE", needed[b"PLTE"]))
    transparency = needed.get(b"tRNS", b"")
    if len(transparency) in _TRANSPARENCY_BYTES.get(header[9], ()):
        chunks.append((b"tRNS", transparency))
    if orientation := _encode_orientation(exif):
        chunks.append((b"eXIf", orientation))
    chunks += (b"IDAT", b"".join(pixels)), (b"IEND", b"")
    return PNG_SIGNATURE + b"".join(
        _encode_png_chunk(kind, body, is_damaged=kind == b"IDAT" and has_damaged_pixels)
        for kind, body in chunks
    )


def _encode_png_chunk(kind: bytes, body: bytes, *, is_damaged: bool) -> bytes:
    """Encode a chunk. A damaged one keeps a wrong checksum, so that no decoder accepts it."""
    checksum = zlib.crc32(kind + body) ^ is_damaged
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _read_png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield the chunks that the pixels need, and eXIf: kind, body, and whether it is damaged."""
    position = len(PNG_SIGNATURE)
    for _ in range(MAX_BLOCKS):
        if position + 12 > len(content):
            return
        length, kind = struct.unpack_from(">I4s", content, position)
        body = content[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IEND":
            return
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"eXIf"):
            checksum = content[position - 4 : position]
            yield kind, body, checksum != struct.pack(">I", zlib.crc32(kind + body))
    raise DamagedPicture("The file has too many chunks.")


def _strip_jpeg(content: bytes) -> bytes:
    """Keep tables, frame and scans, and the two segments that name the colour space.

    A JPEG without its end marker is damaged: the part that is missing would be grey.
    """
    needed: list[bytes] = []
    exif = b""
    scans = frames = 0
    for marker, body, scan in _read_jpeg_segments(content):
        if marker == _APP1 and body.startswith(_EXIF_PREFIX):
            exif = exif or body
        if _is_needed_segment(marker, body):
            frames += marker in _FRAME_MARKERS
            scans += marker == _START_OF_SCAN
            needed.append(_encode_segment(marker, body) + scan)
    if frames != 1 or not 0 < scans <= MAX_JPEG_SCANS:
        raise DamagedPicture("The file has no pixels, or too many scans.")
    if orientation := _encode_orientation(exif):
        needed.insert(0, _encode_segment(_APP1, _EXIF_PREFIX + orientation))
    return b"".join([JPEG_SIGNATURE, *needed, bytes([0xFF, _END_OF_IMAGE])])


def _read_jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, body and following scan data of each segment before the end marker."""
    position = len(JPEG_SIGNATURE)
    for _ in range(MAX_BLOCKS):
        found = _MARKER.search(content, position)
        if found is None:
            raise DamagedPicture("The end of the file is missing.")
        marker, start = content[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            return
        [length] = struct.unpack_from(">H", content, start)
        position = start + max(length, 2)
        scan = b""
        if marker == _START_OF_SCAN and (end := _MARKER.search(content, position)):
            scan = content[position : end.start()]
        yield marker, content[start + 2 : position], scan
        position += len(scan)
    raise DamagedPicture("The file has too many segments.")


def _encode_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _is_needed_segment(marker: int, body: bytes) -> bool:
    if marker in _NEEDED_APP_BYTES:
        name, size = _NEEDED_APP_BYTES[marker]
        is_complete = body.startswith(name) and len(body) >= size
        return is_complete and (marker != _APP14 or body[11] in _ADOBE_TRANSFORMS)
    return marker != _COMMENT and not 0xE0 <= marker <= 0xEF


def _strip_webp(content: bytes) -> bytes:
    header, chunks, exif = b"", [], b""
    for kind, body in _read_webp_chunks(content):
        if kind == b"VP8X" and len(body) >= 10:
            header = header or body
        elif kind == b"EXIF":
            exif = body
        elif kind in _WEBP_PIXEL_CHUNKS:
            chunks.append((kind, body))
    if header:
        orientation = _encode_orientation(exif)
        flags = header[0] & (_WEBP_ALPHA_FLAG | _WEBP_ANIMATION_FLAG)
        flags |= _WEBP_EXIF_FLAG if orientation else 0
        chunks.insert(0, (b"VP8X", bytes([flags]) + header[1:]))
        if orientation:
            chunks.append((b"EXIF", orientation))
    if not chunks:
        raise DamagedPicture("The file has no pixels.")
    data = b"".join(
        kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for kind, body in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data


def _read_webp_chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks; the last one of metadata may be cut off."""
    [size] = struct.unpack_from("<I", content, 4)
    content, position = content[: 8 + size], 12
    for _ in range(MAX_BLOCKS):
        if position + 8 > len(content):
            return
        kind, length = struct.unpack_from("<4sI", content, position)
        body = content[position + 8 : position + 8 + length]
        if kind in _WEBP_PIXEL_CHUNKS and len(body) < length:
            raise DamagedPicture("The file ends early.")
        yield kind, body
        position += 8 + length + length % 2
    raise DamagedPicture("The file has too many chunks.")


def _encode_orientation(exif: bytes) -> bytes:
    """Return EXIF data with the orientation alone; empty if there is none or it is damaged."""
    orientation = _parse_orientation(exif) if 0 < len(exif) <= MAX_EXIF_BYTES else None
    if orientation not in range(2, 9):
        return b""
    parsed = Image.Exif()
    parsed[_ORIENTATION_TAG] = orientation
    return parsed.tobytes().removeprefix(_EXIF_PREFIX)


def _parse_orientation(exif: bytes) -> object:
    parsed = Image.Exif()
    try:
        parsed.load(exif)
        return parsed.get(_ORIENTATION_TAG)
    except Exception:  # Pillow's parser raises many types on damaged data
        return None

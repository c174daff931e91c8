"""Uploaded pictures: check of type and size, removal of metadata, and storage. Only the workers
decode them."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from recognizer.base_errors import CodedError
from recognizer.drawings.picture_metadata import (
    JPEG_SIGNATURE,
    PNG_SIGNATURE,
    DamagedPicture,
    strip_metadata,
)

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")


class CannotReadPicture(CodedError):
    """`code` is empty, too_large, unsupported or unreadable."""

    statuses: ClassVar[Mapping[str, int]] = {"too_large": 413, "unsupported": 415}

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, errors={"image": [message]})


@dataclass(frozen=True)
class Picture:
    """A picture without metadata; the sides are in pixels. Its pixels may still be damaged."""

    content: bytes
    suffix: str
    width: int
    height: int


@dataclass(frozen=True)
class StoredPicture:
    """The name of a picture in the file storage, and whether it was stored just now."""

    name: str
    is_new: bool


def parse_picture(content: bytes) -> Picture:
    """Return a PNG, JPEG or WebP without metadata, with the size that Pillow will decode. Raises
    CannotReadPicture."""
    if not content:
        raise CannotReadPicture("empty", "The file is empty.")
    if len(content) > settings.PICTURE_MAX_BYTES:
        mebibytes = settings.PICTURE_MAX_BYTES // 2**20
        raise CannotReadPicture("too_large", f"A picture may have at most {mebibytes} MiB.")
    suffix = _file_suffix(content)
    try:
        stripped = strip_metadata(content)
    except DamagedPicture as error:
        sentence = "This picture is damaged or incomplete. Please send the whole file."
        raise CannotReadPicture("unreadable", sentence) from error
    width, height = _read_size(stripped)
    if width * height > settings.PICTURE_MAX_PIXELS:
        raise _too_many_pixels_error()
    return Picture(stripped, suffix, width, height)


def store_picture(*, owner_id: int, ref: UUID, content: bytes) -> StoredPicture:
    """Save a picture in the file storage. Raises CannotReadPicture.

    The name depends on owner, ref and content only: a repeated request names the same file.
    """
    picture = parse_picture(content)
    digest = hashlib.sha256(f"{owner_id} {ref} ".encode() + content).hexdigest()
    name = f"pictures/{digest[:2]}/{digest}.{picture.suffix}"
    if default_storage.exists(name):
        return StoredPicture(name, is_new=False)
    stored = default_storage.save(name, ContentFile(picture.content))
    if stored != name:  # a concurrent copy of this request stored it first
        default_storage.delete(stored)
    return StoredPicture(name, is_new=stored == name)


def discard_picture(stored: StoredPicture) -> None:
    """Undo `store_picture` for a drawing that was refused."""
    if stored.is_new:
        default_storage.delete(stored.name)


def _read_size(content: bytes) -> tuple[int, int]:
    try:  # Pillow reads the header only; it decodes pixels on first access
        with Image.open(io.BytesIO(content), formats=IMAGE_FORMATS) as image:
            return image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels_error() from None
    except Exception as error:  # Pillow raises many types for a damaged header
        raise CannotReadPicture("unreadable", "This picture could not be read.") from error


def _file_suffix(content: bytes) -> str:
    if content.startswith(PNG_SIGNATURE):
        return "png"
    if content.startswith(JPEG_SIGNATURE):
        return "jpg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    raise CannotReadPicture("unsupported", "A picture must be a PNG, a JPEG or a WebP.")


def _too_many_pixels_error() -> CannotReadPicture:
    pixels = f"{settings.PICTURE_MAX_PIXELS:,}"
    return CannotReadPicture("too_large", f"A picture may have {pixels} pixels at most.")

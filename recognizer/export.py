"""All of one's data as a zip, written while it is sent: nothing is held but one page of rows."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from PIL import Image

from recognizer import contract
from recognizer.connections import give_back_connection
from recognizer.history.past import past_json, shown_answers
from recognizer.models import Drawing, Label, LabelKind, Prediction, User

ROWS_AT_ONCE = 200
BYTES_AT_ONCE = 64 * 1024
READ_ME = """\
Your data on Digitsite.

account.json     what the site knows about you
drawings.jsonl   one drawing a line: its strokes [x, y, milliseconds, pressure], every answer it
                 ever had, and every label you gave it
reviews.jsonl    one line for each time you said what somebody else's drawing is, if you review
rasters/         for each drawing the 28x28 picture the network saw
pictures/        the pictures you uploaded, as you sent them
"""


class Outlet(io.RawIOBase):
    """What zipfile writes to: not seekable, and emptied after every piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def export_account(user: User) -> Iterator[bytes]:
    """The zip in pieces. Rows are read page by page; no transaction stays open meanwhile."""
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", READ_ME)
        archive.writestr("account.json", json.dumps(account_json(user), indent=2))
        for _ in _write_drawings(archive, user):
            yield outlet.take()
        for _ in _write_reviews(archive, user):
            yield outlet.take()
        for _ in _write_pictures(archive, user):
            yield outlet.take()
    yield outlet.take()


def account_json(user: User) -> dict[str, Any]:
    """The facts of an account; no secrets."""
    decided = user.may_teach_decided_at
    return {
        "username": user.username,
        "email": user.email,
        "roles": sorted(user.roles),
        "may_teach": user.may_teach,
        "may_teach_decided_at": decided and decided.isoformat(),
        "joined_at": user.date_joined.isoformat(),
        "exported_at": timezone.now().isoformat(),
        "tokens": [
            {
                "name": token.name,
                "created_at": token.created_at.isoformat(),
                "expires_at": token.expires_at and token.expires_at.isoformat(),
                "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
            }
            for token in user.api_tokens.all()
        ],
    }


def _write_drawings(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    with archive.open(_entry("drawings.jsonl"), "w", force_zip64=True) as lines:
        for page in _pages(user):
            for drawing in page:
                lines.write(json.dumps(_drawing_line(drawing)).encode() + b"\n")
            yield


def _write_reviews(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    with archive.open(_entry("reviews.jsonl"), "w", force_zip64=True) as lines:
        last = 0
        while page := list(_reviews(user).filter(pk__gt=last)[:ROWS_AT_ONCE]):
            give_back_connection()
            for review in page:
                lines.write(json.dumps(_review_line(review)).encode() + b"\n")
            last = page[-1].pk
            yield


def _write_pictures(archive: zipfile.ZipFile, user: User) -> Iterator[None]:
    for page in _pages(user):
        for drawing in page:
            if drawing.prediction:
                archive.writestr(f"rasters/{drawing.pk}.png", raster_png(drawing.prediction))
            if drawing.picture.name:
                yield from _write_upload(archive, drawing.pk, drawing.picture.name)
        yield


def _write_upload(archive: zipfile.ZipFile, drawing_id: UUID, stored: str) -> Iterator[None]:
    try:
        source = default_storage.open(stored)
    except FileNotFoundError:
        return
    name = f"pictures/{drawing_id}{PurePosixPath(stored).suffix}"
    with source, archive.open(_entry(name), "w") as target:
        while piece := source.read(BYTES_AT_ONCE):
            target.write(piece)
            yield


def _entry(name: str) -> zipfile.ZipInfo:
    """zipfile dates what is streamed into it to 1980 unless it is told."""
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def raster_png(prediction: Prediction) -> bytes:
    """The 28x28 picture the network saw, ink bright on dark."""
    return write_png(bytes(prediction.raster))


def write_png(raster: bytes) -> bytes:
    """784 bytes, row by row, as a picture."""
    file = io.BytesIO()
    Image.frombytes("L", (28, 28), raster).save(file, "PNG")
    return file.getvalue()


def _pages(user: User) -> Iterator[list[Drawing]]:
    """All drawings, oldest first, those in the bin too: they are still stored."""
    last: Drawing | None = None
    while page := list(_after(user, last)):
        give_back_connection()  # a slow download holds no connection
        yield page
        last = page[-1]


def _after(user: User, last: Drawing | None) -> QuerySet[Drawing]:
    drawings = user.drawings.order_by("created_at", "id").select_related(
        "prediction__model", "ground_truth"
    )
    if last is not None:
        later = Q(created_at__gt=last.created_at) | Q(id__gt=last.pk)
        drawings = drawings.filter(later, created_at__gte=last.created_at)
    shown = Prefetch("predictions", shown_answers())
    return drawings.prefetch_related(shown, "labels")[:ROWS_AT_ONCE]


def _reviews(user: User) -> QuerySet[Label]:
    """What somebody said of others' drawings, oldest first."""
    return user.labels.exclude(drawing__owner=user).order_by("pk")


def _review_line(review: Label) -> dict[str, Any]:
    """Nothing of whose drawing it is, nor of how it looks; a hidden check reads as any other."""
    kind = LabelKind.REVIEW if review.kind == LabelKind.GOLD else review.kind
    return {
        "drawing": str(review.drawing_id),
        "revision": review.revision,
        "kind": kind,
        "value": contract.label_json(review.value),
        "created_at": review.created_at.isoformat(),
    }


def _drawing_line(drawing: Drawing) -> dict[str, Any]:
    deleted = drawing.deleted_at
    return {
        **contract.drawing_json(drawing),
        "deleted_at": deleted and deleted.isoformat(),
        **past_json(drawing),
    }

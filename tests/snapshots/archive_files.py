"""Files in the formats of the export, and malformed ones."""

import io
import json
import struct
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer.drawings.raster_png import encode_png
from recognizer.models import Snapshot
from recognizer.snapshots.exports.formats import export_snapshot
from recognizer.snapshots.imports.import_report import ImportReport
from recognizer.snapshots.imports.importer import import_snapshot

RASTER = bytes(range(28)) * 28
PNG = encode_png(RASTER)
STROKES = [[[0, 0], [0, 10]]]


def write_archive(snapshot: Snapshot, export_format: str) -> io.BytesIO:
    return io.BytesIO(b"".join(export_snapshot(snapshot, export_format).chunks))


def make_json_line(**fields: Any) -> bytes:
    return json.dumps({"label": 3, "user": "anna", "strokes": STROKES, **fields}).encode() + b"\n"


def make_zip(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer


def make_csv_zip(
    *rows: str, header: str = "file,label", files: dict[str, bytes] | None = None
) -> io.BytesIO:
    """Return a zip with labels.csv and a.png."""
    text = "\r\n".join([header, *rows, ""]).encode()
    return make_zip({"labels.csv": text, "a.png": PNG, **(files or {})})


def make_idx_zip(
    rasters: bytes = RASTER,
    labels: bytes = b"\x03",
    *,
    count: int = 1,
    files: dict[str, bytes] | None = None,
) -> io.BytesIO:
    entries = {
        "train-images-idx3-ubyte": struct.pack(">4I", 0x803, count, 28, 28) + rasters,
        "train-labels-idx1-ubyte": struct.pack(">2I", 0x801, count) + labels,
    }
    return make_zip(entries | (files or {}))


def dry_run_import(file: bytes | io.BytesIO) -> ImportReport:
    """Return the report of a dry run."""
    return import_snapshot(_open(file), by=None, dry_run=True).report


def import_file(file: bytes | io.BytesIO) -> Snapshot:
    snapshot = import_snapshot(_open(file), by=None).snapshot
    assert snapshot is not None
    return snapshot


def make_upload(file: bytes | io.BytesIO, name: str = "set") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, _open(file).read())


def _open(file: bytes | io.BytesIO) -> io.BytesIO:
    opened = io.BytesIO(file) if isinstance(file, bytes) else file
    opened.seek(0)
    return opened

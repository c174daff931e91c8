"""PNG pictures of 28x28 with labels.csv, in a zip."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator

from recognizer.accounts.data_export import encode_png
from recognizer.models import Snapshot
from recognizer.protocol import label_json
from recognizer.snapshots.exports.raster_batches import SampleRaster, iter_raster_batches
from recognizer.snapshots.exports.zip_stream import ZipStream

CSV_COLUMNS = ("file", "label", "split", "user", "drawing", "revision", "pointer")
README_TEXT = (
    "images/*.png and labels.csv: the 28x28 pictures that the network saw, and what they are."
)
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n")
MAX_BUFFER_BYTES = 1024 * 1024  # of labels.csv in memory; the rest waits in a file without a name


def export_png_csv(snapshot: Snapshot) -> Iterator[bytes]:
    packing = ZipStream(snapshot)
    with tempfile.SpooledTemporaryFile(MAX_BUFFER_BYTES) as table:
        table.write(_format_rows([CSV_COLUMNS]))
        for page in iter_raster_batches(snapshot):
            table.write(_format_rows(_add_images(packing, page)))
            yield packing.take()
        yield from packing.copy("labels.csv", table)
    yield packing.close(README_TEXT)


def escape_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


def _add_images(packing: ZipStream, page: list[SampleRaster]) -> Iterator[tuple[object, ...]]:
    for sample, raster in page:
        if raster is None:
            packing.unseen += 1
            continue
        packing.written += 1
        name = f"images/{sample.drawing_id}.png"
        packing.add(name, encode_png(raster))
        what = (label_json(sample.label), sample.split, sample.person)
        yield (name, *what, sample.drawing_id, sample.revision, sample.pointer)


def _format_rows(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([escape_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()

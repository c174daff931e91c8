"""PNG pictures of 28x28 pixels with labels.csv, in a zip."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator

from recognizer.csv_cells import escape_cell
from recognizer.drawings.raster_png import encode_png
from recognizer.models import Snapshot
from recognizer.protocol import label_json
from recognizer.snapshots.exports.raster_batches import SampleRaster, iter_raster_batches
from recognizer.snapshots.exports.zip_stream import ZipStream

CSV_COLUMNS = ("file", "label", "split", "user", "drawing", "revision", "pointer")
README_TEXT = "images/*.png and labels.csv: 28x28 pixel inputs of models, and their labels."
MAX_BUFFER_BYTES = 1024 * 1024  # of labels.csv in memory; the rest is in a temporary file


def export_png_csv(snapshot: Snapshot) -> Iterator[bytes]:
    stream = ZipStream(snapshot)
    with tempfile.SpooledTemporaryFile(MAX_BUFFER_BYTES) as table:
        table.write(_format_rows([CSV_COLUMNS]))
        for batch in iter_raster_batches(snapshot):
            table.write(_format_rows(_add_images(stream, batch)))
            yield stream.read_chunk()
        yield from stream.copy("labels.csv", table)
    yield stream.close(README_TEXT)


def _add_images(stream: ZipStream, batch: list[SampleRaster]) -> Iterator[tuple[object, ...]]:
    for sample, raster in batch:
        if raster is None:
            stream.without_raster += 1
            continue
        stream.written += 1
        name = f"images/{sample.drawing_id}.png"
        stream.add(name, encode_png(raster))
        columns = (label_json(sample.label), sample.split, sample.user_pseudonym)
        yield (name, *columns, sample.drawing_id, sample.revision, sample.pointer)


def _format_rows(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([escape_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()

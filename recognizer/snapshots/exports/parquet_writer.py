"""Parquet with PNG pictures, a dataset card and Croissant metadata, in a zip.

`load_dataset("parquet", …)` of Hugging Face, pandas and Polars read the files. They are shards of
bounded size, so that one is in memory at a time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from recognizer.drawings.raster_png import encode_png
from recognizer.models import Snapshot, Split
from recognizer.snapshots.exports.dataset_card import (
    SPLIT_NAMES,
    render_croissant,
    render_dataset_card,
)
from recognizer.snapshots.exports.raster_batches import SampleRaster, iter_raster_batches
from recognizer.snapshots.exports.zip_stream import ZipStream

ROWS_PER_SHARD = 5_000
COMPRESSION = "zstd(3)"
README_TEXT = """\
data/*.parquet: the drawings as PNG pictures and strokes. README.md: the dataset card.
croissant.json: the metadata for programs."""


def export_parquet(snapshot: Snapshot) -> Iterator[bytes]:
    stream, counts = ZipStream(snapshot), dict.fromkeys(Split, 0)
    for split in Split:
        rows: list[SampleRaster] = []
        for batch in iter_raster_batches(snapshot, split=split.value):
            rows += [row for row in batch if row[1] is not None]
            stream.without_raster += sum(row[1] is None for row in batch)
            while len(rows) >= ROWS_PER_SHARD:
                counts[split] += _add_shard(stream, split, counts[split], rows[:ROWS_PER_SHARD])
                yield stream.read_chunk()
                rows = rows[ROWS_PER_SHARD:]
        if rows:
            counts[split] += _add_shard(stream, split, counts[split], rows)
            yield stream.read_chunk()
    stream.written = sum(counts.values())
    stream.add("README.md", render_dataset_card(snapshot, counts).encode())
    stream.add("croissant.json", render_croissant(snapshot, counts).encode())
    yield stream.close(README_TEXT)


def _add_shard(stream: ZipStream, split: Split, num_before: int, rows: list[SampleRaster]) -> int:
    """Add a file with these rows and return their number."""
    number = num_before // ROWS_PER_SHARD
    stream.add(f"data/{SPLIT_NAMES[split]}-{number:05d}.parquet", _encode_rows(rows))
    return len(rows)


def _encode_rows(rows: list[SampleRaster]) -> bytes:
    """Return a Parquet file. `image` is a struct as Hugging Face stores pictures."""
    from arro3.core import Array, DataType, Field, RecordBatch, Schema, struct_array
    from arro3.io import write_parquet  # few processes export, and each would load the library

    text, binary = DataType.string(), DataType.binary()
    samples = [sample for sample, _ in rows]
    pictures = [encode_png(raster) for _, raster in rows if raster is not None]
    names = [f"{sample.drawing_id}.png" for sample in samples]
    image = struct_array(
        [Array(pictures, type=binary), Array(names, type=text)],
        fields=[Field("bytes", binary), Field("path", text)],
    )
    columns = {
        "image": image,
        "label": Array([sample.label for sample in samples], type=DataType.int64()),
        "strokes": Array([sample.ink or None for sample in samples], type=text),
        "pointer": Array([sample.pointer for sample in samples], type=text),
        "user": Array([sample.user_pseudonym for sample in samples], type=text),
        "drawing": Array([str(sample.drawing_id) for sample in samples], type=text),
        "revision": Array([sample.revision for sample in samples], type=DataType.int64()),
    }
    schema = Schema([Field(name, column.type) for name, column in columns.items()])
    file = io.BytesIO()
    batch = RecordBatch.from_arrays(list(columns.values()), schema=schema)
    write_parquet(batch, file, compression=COMPRESSION)
    return file.getvalue()

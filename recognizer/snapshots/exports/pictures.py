"""PNG pictures of 28x28 with labels.csv, in a zip."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator

from recognizer.contract import label_json
from recognizer.export import write_png
from recognizer.models import Snapshot
from recognizer.snapshots.exports.packing import Packing
from recognizer.snapshots.exports.seen import Seen, read_seen

COLUMNS = ("file", "label", "split", "user", "drawing", "revision", "pointer")
FORM = "images/*.png and labels.csv: the 28x28 pictures that the network saw, and what they are."
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
HELD_BYTES = 1024 * 1024  # of labels.csv in memory; the rest waits in a file without a name


def export_pictures(snapshot: Snapshot) -> Iterator[bytes]:
    packing = Packing(snapshot)
    with tempfile.SpooledTemporaryFile(HELD_BYTES) as table:
        table.write(_rows([COLUMNS]))
        for page in read_seen(snapshot):
            table.write(_rows(_add(packing, page)))
            yield packing.take()
        yield from packing.copy("labels.csv", table)
    yield packing.close(FORM)


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def _add(packing: Packing, page: list[Seen]) -> Iterator[tuple[object, ...]]:
    for sample, raster in page:
        if raster is None:
            packing.unseen += 1
            continue
        packing.written += 1
        name = f"images/{sample.drawing_id}.png"
        packing.add(name, write_png(raster))
        what = (label_json(sample.label), sample.split, sample.person)
        yield (name, *what, sample.drawing_id, sample.revision, sample.pointer)


def _rows(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()

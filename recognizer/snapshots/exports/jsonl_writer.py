"""JSON lines: one drawing a line, with its strokes as they were drawn."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from recognizer.db.connections import release_connection
from recognizer.models import Snapshot
from recognizer.protocol import label_json
from recognizer.snapshots.queries import TrainingSample, iter_sample_batches, usable_items


def export_jsonl(snapshot: Snapshot) -> Iterator[bytes]:
    for page in iter_sample_batches(usable_items(snapshot)):
        release_connection()
        yield "".join(_format_line(sample) for sample in page).encode()


def _format_line(sample: TrainingSample) -> str:
    """The ink goes in as it is stored; a picture has its raster in base64 instead."""
    facts = {
        "drawing": str(sample.drawing_id),
        "revision": sample.revision,
        "label": label_json(sample.label),
        "split": sample.split,
        "user": sample.person,
        "pointer": sample.pointer,
    }
    if sample.ink:
        return f'{json.dumps(facts)[:-1]}, "strokes": {sample.ink}}}\n'
    facts["raster"] = base64.b64encode(sample.raster or b"").decode()
    return json.dumps(facts) + "\n"

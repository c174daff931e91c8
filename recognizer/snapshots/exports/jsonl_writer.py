"""JSON lines: one drawing per line, with its strokes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from recognizer.db.connection_release import release_connection
from recognizer.models import Snapshot
from recognizer.protocol import label_json
from recognizer.snapshots.training_samples import TrainingSample, iter_sample_batches


def export_jsonl(snapshot: Snapshot) -> Iterator[bytes]:
    for batch in iter_sample_batches(snapshot):
        release_connection()
        yield "".join(_format_line(sample) for sample in batch).encode()


def _format_line(sample: TrainingSample) -> str:
    """Return a line with the ink as it is stored, or with the raster in base64 for a picture."""
    fields = {
        "drawing": str(sample.drawing_id),
        "revision": sample.revision,
        "label": label_json(sample.label),
        "split": sample.split,
        "user": sample.user_pseudonym,
        "pointer": sample.pointer,
    }
    if sample.ink:
        return f'{json.dumps(fields)[:-1]}, "strokes": {sample.ink}}}\n'
    fields["raster"] = base64.b64encode(sample.raster or b"").decode()
    return json.dumps(fields) + "\n"

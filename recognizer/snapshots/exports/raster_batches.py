"""Rasters of samples, for the formats that contain pictures."""

from __future__ import annotations

from collections.abc import Iterator

from recognizer.db.connection_release import release_connection
from recognizer.models import Prediction, Snapshot
from recognizer.snapshots.training_samples import TrainingSample, iter_sample_batches

SampleRaster = tuple[TrainingSample, bytes | None]


def iter_raster_batches(snapshot: Snapshot, **filters: str) -> Iterator[list[SampleRaster]]:
    """Yield batches of samples, each with its raster of 784 bytes, or with None if no prediction of
    its revision exists. A slow download holds no database connection."""
    for batch in iter_sample_batches(snapshot, **filters):
        rasters = _load_rasters([one for one in batch if one.raster is None])
        release_connection()
        yield [
            (one, one.raster or rasters.get((str(one.drawing_id), one.revision))) for one in batch
        ]


def _load_rasters(samples: list[TrainingSample]) -> dict[tuple[str, int], bytes]:
    """Return the rasters by drawing id and revision. Those of several models are equal."""
    rows = (
        Prediction.objects.filter(drawing__in=[one.drawing_id for one in samples])
        .order_by("-id")
        .values_list("drawing_id", "revision", "raster")
    )
    return {(str(drawing), revision): bytes(raster) for drawing, revision, raster in rows}

"""The pictures that networks saw, for the forms that are made of pictures."""

from __future__ import annotations

from collections.abc import Iterator

from recognizer.db.connections import release_connection
from recognizer.models import Prediction, Snapshot
from recognizer.snapshots.queries import TrainingSample, iter_sample_batches, usable_items

SampleRaster = tuple[TrainingSample, bytes | None]


def iter_raster_batches(snapshot: Snapshot, **which: str) -> Iterator[list[SampleRaster]]:
    """Pages of samples, each with its 784 bytes, or None where no answer to that revision is kept.
    A slow download holds no connection."""
    for page in iter_sample_batches(usable_items(snapshot).filter(**which)):
        rasters = _load_rasters([one for one in page if one.raster is None])
        release_connection()
        yield [
            (one, one.raster or rasters.get((str(one.drawing_id), one.revision))) for one in page
        ]


def _load_rasters(samples: list[TrainingSample]) -> dict[tuple[str, int], bytes]:
    """Of several networks' the first one's: they all see the same."""
    rows = (
        Prediction.objects.filter(drawing__in=[one.drawing_id for one in samples])
        .order_by("-id")
        .values_list("drawing_id", "revision", "raster")
    )
    return {(str(drawing), revision): bytes(raster) for drawing, revision, raster in rows}

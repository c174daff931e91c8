"""Small pictures of drawings on which two networks differ: people's from what is stored of them,
those of data sets from the report."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from recognizer.export import write_png
from recognizer.models import Drawing, SnapshotDrawing
from recognizer.pages.cards import Vector, frame_strokes, say_label


@dataclass(frozen=True)
class Change:
    """One drawing: what it is, what each network says, its picture, and where it is from."""

    label: str
    champion: str
    challenger: str
    vector: Vector | None
    picture: str
    drawing_id: str
    where: str


def read_changes(found: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The drawings of a report; a person's that is gone since, or may not be shown, is left out."""
    inks = _find_inks([one["key"] for one in found if "key" in one])
    changes = []
    for one in found:
        if "key" not in one:
            raster = zlib.decompress(base64.b64decode(one["raster"]))
            changes.append(_change(one, None, data_url(raster), where=f"number {one['index']}"))
        elif one["key"] in inks:
            vector, picture = inks[one["key"]]
            drawing_id = one["key"].partition("/")[0]
            changes.append(_change(one, vector, picture, drawing_id=drawing_id))
    return changes


def data_url(raster: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(write_png(raster)).decode()}"


def picture_ink(ink: str, raster: bytes | memoryview | None) -> tuple[Vector | None, str]:
    """Ink as a vector, a picture as the network saw it."""
    if ink:
        return frame_strokes(json.loads(ink)), ""
    return None, data_url(bytes(raster)) if raster else ""


def _find_inks(keys: Iterable[str]) -> dict[str, tuple[Vector | None, str]]:
    """By key; samples of training sets first, then drawings that are still as they were. Only of
    people who let others look at them, and nothing that is in the bin."""
    wanted = set(keys)
    ids = [key.partition("/")[0] for key in wanted]
    found = {}
    binned = Drawing.objects.filter(pk=OuterRef("drawing_id"), deleted_at__isnull=False)
    samples = SnapshotDrawing.objects.filter(~Exists(binned), drawing_id__in=ids, erased_at=None)
    for sample in samples.filter(Q(owner__may_teach=True) | Q(owner=None)):  # None: of an import
        found[f"{sample.drawing_id}/{sample.revision}"] = picture_ink(sample.ink, sample.raster)
    kept = Drawing.objects.filter(pk__in=ids, deleted_at=None, owner__may_teach=True)
    for drawing in kept.select_related("prediction"):
        seen = drawing.prediction.raster if drawing.prediction else None
        found.setdefault(f"{drawing.pk}/{drawing.revision}", picture_ink(drawing.ink, seen))
    return {key: picture for key, picture in found.items() if key in wanted}


def _change(
    one: Mapping[str, Any],
    vector: Vector | None,
    picture: str,
    *,
    drawing_id: str = "",
    where: str = "",
) -> Change:
    return Change(
        label=say_label(one["label"]),
        champion=say_label(one["champion"]),
        challenger=say_label(one["challenger"]),
        vector=vector,
        picture=picture,
        drawing_id=drawing_id,
        where=where,
    )

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

from recognizer.drawings.rasters import encode_png
from recognizer.models import Drawing, SnapshotDrawing
from recognizer.views.drawing_summary import InkSvg, render_ink_svg
from recognizer.views.formatting import format_label


@dataclass(frozen=True)
class PredictionDiff:
    """One drawing: what it is, what each network says, its picture, and where it is from."""

    label: str
    champion: str
    challenger: str
    vector: InkSvg | None
    picture: str
    drawing_id: str
    where: str


def load_changed_drawings(found: Sequence[Mapping[str, Any]]) -> list[PredictionDiff]:
    """The drawings of a report; a person's that is gone since, or may not be shown, is left out."""
    inks = _load_inks([one["key"] for one in found if "key" in one])
    changes = []
    for one in found:
        if "key" not in one:
            raster = zlib.decompress(base64.b64decode(one["raster"]))
            changes.append(
                _build_diff(one, None, raster_data_url(raster), where=f"number {one['index']}")
            )
        elif one["key"] in inks:
            vector, picture = inks[one["key"]]
            drawing_id = one["key"].partition("/")[0]
            changes.append(_build_diff(one, vector, picture, drawing_id=drawing_id))
    return changes


def raster_data_url(raster: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode_png(raster)).decode()}"


def render_drawing(ink: str, raster: bytes | memoryview | None) -> tuple[InkSvg | None, str]:
    """Ink as a vector, a picture as the network saw it."""
    if ink:
        return render_ink_svg(json.loads(ink)), ""
    return None, raster_data_url(bytes(raster)) if raster else ""


def _load_inks(keys: Iterable[str]) -> dict[str, tuple[InkSvg | None, str]]:
    """By key; samples of training sets first, then drawings that are still as they were. Only of
    people who let others look at them, and nothing that is in the bin."""
    wanted = set(keys)
    ids = [key.partition("/")[0] for key in wanted]
    found = {}
    binned = Drawing.objects.filter(pk=OuterRef("drawing_id"), deleted_at__isnull=False)
    samples = SnapshotDrawing.objects.filter(~Exists(binned), drawing_id__in=ids, erased_at=None)
    for sample in samples.filter(Q(owner__may_teach=True) | Q(owner=None)):  # None: of an import
        found[f"{sample.drawing_id}/{sample.revision}"] = render_drawing(sample.ink, sample.raster)
    kept = Drawing.objects.filter(pk__in=ids, deleted_at=None, owner__may_teach=True)
    for drawing in kept.select_related("prediction"):
        seen = drawing.prediction.raster if drawing.prediction else None
        found.setdefault(f"{drawing.pk}/{drawing.revision}", render_drawing(drawing.ink, seen))
    return {key: picture for key, picture in found.items() if key in wanted}


def _build_diff(
    one: Mapping[str, Any],
    vector: InkSvg | None,
    picture: str,
    *,
    drawing_id: str = "",
    where: str = "",
) -> PredictionDiff:
    return PredictionDiff(
        label=format_label(one["label"]),
        champion=format_label(one["champion"]),
        challenger=format_label(one["challenger"]),
        vector=vector,
        picture=picture,
        drawing_id=drawing_id,
        where=where,
    )

"""Drawings for which two models predict different classes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from recognizer.drawings.raster_png import encode_png
from recognizer.models import Drawing, SnapshotDrawing
from recognizer.registry.parsers.evaluation_report_parser import ChangedDrawing
from recognizer.views.drawing_summary import InkSvg, render_ink_svg
from recognizer.views.label_and_number_formatting import format_label


@dataclass(frozen=True)
class DrawingImage:
    """A drawing as a vector, or as the raster that the model receives (a data URL)."""

    vector: InkSvg | None = None
    raster_url: str = ""


@dataclass(frozen=True)
class PredictionDiff:
    """A drawing with its label and both predictions; `index` is its place in its data set."""

    label: str
    champion: str
    challenger: str
    image: DrawingImage
    drawing_id: str = ""
    index: int | None = None


def load_changed_drawings(changed: Sequence[ChangedDrawing]) -> list[PredictionDiff]:
    """Return the drawings of a report that may still be shown.

    Users' drawings that were deleted, changed or withdrawn are left out.
    """
    images = _load_user_images(one.key for one in changed if one.key)
    diffs = []
    for one in changed:
        image = images.get(one.key) if one.key else _render_raster(one.pixels)
        if image is not None:
            diffs.append(
                PredictionDiff(
                    label=format_label(one.label),
                    champion=format_label(one.champion),
                    challenger=format_label(one.challenger),
                    image=image,
                    drawing_id=one.key.partition("/")[0],
                    index=None if one.key else one.index,
                )
            )
    return diffs


def render_drawing(ink: str, raster: bytes | memoryview | None) -> DrawingImage:
    """Return the ink as a vector if there is any, else the raster."""
    if ink:
        return DrawingImage(render_ink_svg(json.loads(ink)))
    return _render_raster(bytes(raster)) if raster else DrawingImage()


def _render_raster(raster: bytes) -> DrawingImage:
    png = base64.b64encode(encode_png(raster)).decode()
    return DrawingImage(raster_url=f"data:image/png;base64,{png}")


def _load_user_images(keys: Iterable[str]) -> dict[str, DrawingImage]:
    """Return images by key, only of users who consented and of drawings outside the trash.

    Drawings of training sets come first, then drawings that still have the same revision.
    """
    wanted = set(keys)
    ids = [key.partition("/")[0] for key in wanted]
    images = {}
    in_trash = Drawing.objects.filter(pk=OuterRef("drawing_id"), deleted_at__isnull=False)
    frozen = SnapshotDrawing.objects.filter(~Exists(in_trash), drawing_id__in=ids, erased_at=None)
    for one in frozen.filter(Q(owner__may_teach=True) | Q(owner=None)):  # None: imported
        images[f"{one.drawing_id}/{one.revision}"] = render_drawing(one.ink, one.raster)
    current = Drawing.objects.filter(pk__in=ids, deleted_at=None, owner__may_teach=True)
    for drawing in current.select_related("prediction"):
        raster = drawing.prediction.raster if drawing.prediction else None
        images.setdefault(f"{drawing.pk}/{drawing.revision}", render_drawing(drawing.ink, raster))
    return {key: image for key, image in images.items() if key in wanted}

"""Drawings of an imported file that come from this site.

They keep the link to their drawing and its owner, so that deletion and withdrawn consent reach the
imported set too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from recognizer.models import Drawing, SnapshotDrawing, User
from recognizer.snapshots.imports.import_records import DrawingKey
from recognizer.snapshots.user_splits_and_pseudonyms import assign_splits

DELETED = "The drawing was deleted here."


@dataclass(frozen=True, slots=True)
class KnownDrawing:
    """The owner and the owner's split, or the reason why the drawing may not be used."""

    key: DrawingKey
    owner_id: int = 0
    split: str = ""
    refusal: str = ""


def find_known_drawings(keys: Collection[DrawingKey]) -> dict[DrawingKey, KnownDrawing]:
    """Return those of the drawings that this site has or had."""
    ids = {key.id for key in keys}
    copies = {
        DrawingKey(one.drawing_id, one.revision): one
        for one in SnapshotDrawing.objects.filter(drawing_id__in=ids).defer("ink", "raster")
    }
    drawings = Drawing.objects.in_bulk(ids)
    owner_ids = {copy.owner_id for copy in copies.values() if copy.owner_id}
    owner_ids |= {drawing.owner_id for drawing in drawings.values()}
    assign_splits(owner_ids)
    owners = User.objects.in_bulk(owner_ids)
    found = {}
    for key in keys:
        copy, drawing = copies.get(key), drawings.get(key.id)
        if copy is not None and copy.erased_at is not None:
            found[key] = KnownDrawing(key, refusal=DELETED)
        elif drawing is not None:
            has_revision = copy is not None or drawing.revision == key.revision
            found[key] = _check_drawing(key, drawing, owners[drawing.owner_id], has_revision)
        elif copy is not None and copy.owner_id is not None:
            found[key] = _check_owner(key, owners[copy.owner_id])
    return found


def _check_drawing(
    key: DrawingKey, drawing: Drawing, owner: User, has_revision: bool
) -> KnownDrawing:
    if drawing.deleted_at is not None:
        return KnownDrawing(key, refusal=DELETED)
    if not has_revision:
        return KnownDrawing(key, refusal="This revision of the drawing is not stored here.")
    return _check_owner(key, owner)


def _check_owner(key: DrawingKey, owner: User) -> KnownDrawing:
    if not owner.may_teach:
        return KnownDrawing(key, refusal="The user of this drawing does not allow its use.")
    return KnownDrawing(key, owner.pk, owner.split)

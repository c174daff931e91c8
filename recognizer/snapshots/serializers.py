"""A snapshot in figures, and as the interface shows it."""

from __future__ import annotations

from recognizer.models import Snapshot, Split
from recognizer.protocol import JSON, label_json
from recognizer.snapshots.queries import count_excluded


def snapshot_json(snapshot: Snapshot) -> JSON:
    """One of the list; reads `snapshot.by` (select it along)."""
    counts = snapshot.counts
    return {
        "id": str(snapshot.pk),
        "sha256": snapshot.sha256,
        "note": snapshot.note,
        "by": snapshot.by.username if snapshot.by else None,
        "is_imported": snapshot.is_imported,
        "drawings": count_drawings(snapshot),
        **{side.value: counts_by_label(counts[side.value]) for side in Split},
        "users": counts["users"],
        "created_at": snapshot.created_at.isoformat(),
    }


def snapshot_detail_json(snapshot: Snapshot) -> JSON:
    """One alone: with what is not used of it any more, and the networks that learnt from it."""
    models = [run.model.ref for run in snapshot.runs.select_related("model") if run.model]
    return {**snapshot_json(snapshot), **count_excluded(snapshot), "models": models}


def counts_by_label(numbers: list[int]) -> dict[str, int]:
    """Eleven numbers under their names, `0` to `9` and `not_a_digit`."""
    return {str(label_json(value)): number for value, number in enumerate(numbers)}


def count_drawings(snapshot: Snapshot) -> int:
    return sum(sum(snapshot.counts[side.value]) for side in Split)

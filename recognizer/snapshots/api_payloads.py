"""JSON of snapshots."""

from typing import Annotated, TypedDict

from recognizer.models import Snapshot
from recognizer.protocol import label_json
from recognizer.protocol.drawing_json_payloads import Timestamp, Uuid
from recognizer.snapshots.set_statistics import count_excluded

CountsByLabel = dict[str, int]
TrainingCounts = Annotated[CountsByLabel, "Drawings used for training, by label."]
HoldoutCounts = Annotated[CountsByLabel, "Drawings used for evaluation only, by label."]


class UserCountsPayload(TypedDict):
    training: int
    holdout: int


class SnapshotPayload(TypedDict):
    id: Uuid
    sha256: Annotated[str, "Hash of the manifest, which has one line per drawing."]
    note: str
    by: str | None
    is_imported: bool
    drawings: int
    training: TrainingCounts
    holdout: HoldoutCounts
    users: UserCountsPayload
    created_at: Timestamp


class SnapshotDetailPayload(SnapshotPayload):
    erased: Annotated[int, "Drawings erased since; their lines stay."]
    withdrawn: Annotated[int, "Drawings whose owners have since disallowed training."]
    suspended: Annotated[int, "Drawings whose label a suspended reviewer gave."]
    models: Annotated[list[str], "Models trained on it."]


def snapshot_json(snapshot: Snapshot) -> SnapshotPayload:
    """Read `snapshot.by` (select it too)."""
    counts = snapshot.counts
    return {
        "id": str(snapshot.pk),
        "sha256": snapshot.sha256,
        "note": snapshot.note,
        "by": snapshot.by.username if snapshot.by else None,
        "is_imported": snapshot.is_imported,
        "drawings": sum(counts["training"]) + sum(counts["holdout"]),
        "training": counts_by_label(counts["training"]),
        "holdout": counts_by_label(counts["holdout"]),
        "users": counts["users"],
        "created_at": snapshot.created_at.isoformat(),
    }


def snapshot_detail_json(snapshot: Snapshot) -> SnapshotDetailPayload:
    excluded = count_excluded(snapshot)
    return {
        **snapshot_json(snapshot),
        "erased": excluded["erased"],
        "withdrawn": excluded["withdrawn"],
        "suspended": excluded["suspended"],
        "models": [run.model.ref for run in snapshot.runs.select_related("model") if run.model],
    }


def counts_by_label(numbers: list[int]) -> CountsByLabel:
    """Return eleven counts keyed by label: `0` to `9` and `not_a_digit`."""
    return {str(label_json(value)): number for value, number in enumerate(numbers)}

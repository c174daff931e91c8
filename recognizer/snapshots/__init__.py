"""Immutable training sets: made of what is agreed, split by person, verified by their hash."""

from recognizer.snapshots.build import (
    MAX_NOTE_LENGTH,
    CannotBuild,
    build_snapshot,
    trainable_ground_truths,
)
from recognizer.snapshots.diff import SnapshotDiff, diff_json, diff_snapshots
from recognizer.snapshots.erasure import erase_snapshot_drawings, mark_trained_model
from recognizer.snapshots.exports import (
    EXPORT_FORMATS,
    CannotExportSnapshot,
    SnapshotExport,
    export_snapshot,
)
from recognizer.snapshots.imports import CannotImport, ImportReport, ImportResult, import_snapshot
from recognizer.snapshots.queries import (
    TrainingSample,
    count_excluded,
    load_training_samples,
    models_trained_on,
)
from recognizer.snapshots.serializers import snapshot_detail_json, snapshot_json
from recognizer.snapshots.user_splits import assign_splits, compute_pseudonym, ensure_split
from recognizer.snapshots.verification import Verification, verify_snapshot

__all__ = [
    "EXPORT_FORMATS",
    "MAX_NOTE_LENGTH",
    "CannotBuild",
    "CannotExportSnapshot",
    "CannotImport",
    "ImportReport",
    "ImportResult",
    "SnapshotDiff",
    "SnapshotExport",
    "TrainingSample",
    "Verification",
    "assign_splits",
    "build_snapshot",
    "compute_pseudonym",
    "count_excluded",
    "diff_json",
    "diff_snapshots",
    "ensure_split",
    "erase_snapshot_drawings",
    "export_snapshot",
    "import_snapshot",
    "load_training_samples",
    "mark_trained_model",
    "models_trained_on",
    "snapshot_detail_json",
    "snapshot_json",
    "trainable_ground_truths",
    "verify_snapshot",
]

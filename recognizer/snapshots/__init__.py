"""Immutable training sets: made of what is agreed, split by person, verified by their hash."""

from recognizer.snapshots.build import NOTE_LENGTH, CannotBuild, build_snapshot, teaching_truths
from recognizer.snapshots.describing import one_snapshot_json, snapshot_json
from recognizer.snapshots.diffing import Diff, diff_json, diff_snapshots
from recognizer.snapshots.erasing import erase_samples, mark_taught_model
from recognizer.snapshots.exports import FORMS, CannotExport, Export, export_snapshot
from recognizer.snapshots.imports import CannotImport, Imported, Report, import_snapshot
from recognizer.snapshots.reading import (
    TrainingSample,
    count_left_out,
    read_items,
    taught_models,
)
from recognizer.snapshots.split import give_splits, person_of, split_of
from recognizer.snapshots.verifying import Verification, verify_snapshot

__all__ = [
    "FORMS",
    "NOTE_LENGTH",
    "CannotBuild",
    "CannotExport",
    "CannotImport",
    "Diff",
    "Export",
    "Imported",
    "Report",
    "TrainingSample",
    "Verification",
    "build_snapshot",
    "count_left_out",
    "diff_json",
    "diff_snapshots",
    "erase_samples",
    "export_snapshot",
    "give_splits",
    "import_snapshot",
    "mark_taught_model",
    "one_snapshot_json",
    "person_of",
    "read_items",
    "snapshot_json",
    "split_of",
    "taught_models",
    "teaching_truths",
    "verify_snapshot",
]

"""What an imported file would bring, or has brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from django.conf import settings

from recognizer.protocol.payloads import JsonSchema
from recognizer.snapshots.imports.records import RejectedRecord
from recognizer.snapshots.manifest import Manifest
from recognizer.snapshots.serializers import (
    HoldoutCounts,
    SnapshotPayload,
    TrainingCounts,
    UserCountsPayload,
    counts_by_label,
)


class ImportErrorPayload(TypedDict):
    at: Annotated[str, "Position in the file: line 3, train image 7."]
    reason: str


class ImportReportPayload(TypedDict):
    dry_run: bool
    format: Annotated[str, JsonSchema(enum=["idx", "csv", "jsonl"])]
    drawings: int
    training: TrainingCounts
    holdout: HoldoutCounts
    users: UserCountsPayload
    refused: int
    refusals: Annotated[list[ImportErrorPayload], "The first twenty."]
    snapshot: Annotated[SnapshotPayload | None, "Null after a dry run."]


@dataclass
class ImportReport:
    """`form` is idx, csv or jsonl; of the refusals the first few are kept."""

    form: str
    manifest: Manifest = field(default_factory=Manifest)
    refused: int = 0
    refusals: list[RejectedRecord] = field(default_factory=list)

    def refuse(self, refusal: RejectedRecord) -> None:
        self.refused += 1
        if len(self.refusals) < settings.IMPORT_MAX_ERRORS_SHOWN:
            self.refusals.append(refusal)

    @property
    def drawings(self) -> int:
        return len(self.manifest.entries)

    def as_json(self, *, dry_run: bool, snapshot: SnapshotPayload | None) -> ImportReportPayload:
        counts = self.manifest.counts_json()
        return {
            "dry_run": dry_run,
            "format": self.form,
            "drawings": self.drawings,
            "training": counts_by_label(counts["training"]),
            "holdout": counts_by_label(counts["holdout"]),
            "users": counts["users"],
            "refused": self.refused,
            "refusals": [{"at": one.place, "reason": one.reason} for one in self.refusals],
            "snapshot": snapshot,
        }

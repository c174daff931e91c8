"""Report of an import or a dry run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from django.conf import settings

from recognizer.protocol.drawing_json_payloads import JsonSchema
from recognizer.snapshots.api_payloads import (
    HoldoutCounts,
    SnapshotPayload,
    TrainingCounts,
    UserCountsPayload,
    counts_by_label,
)
from recognizer.snapshots.imports.import_check import (
    ChampionCheck,
    ChampionCheckPayload,
    ImportSample,
)
from recognizer.snapshots.imports.import_records import RejectedRecord
from recognizer.snapshots.manifest import Manifest


class ImportErrorPayload(TypedDict):
    at: Annotated[str, "Position in the file: line 3, training image 7."]
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
    champion: Annotated[
        ChampionCheckPayload | None,
        "How the champion predicts a sample. Null without digits or without a worker.",
    ]
    snapshot: Annotated[SnapshotPayload | None, "Null after a dry run."]


@dataclass
class ImportReport:
    """`file_format` is idx, csv or jsonl. Only the first rejected records are kept."""

    file_format: str
    manifest: Manifest = field(default_factory=Manifest)
    num_rejected: int = 0
    rejected: list[RejectedRecord] = field(default_factory=list)
    sample: ImportSample = field(default_factory=ImportSample)
    champion_check: ChampionCheck | None = None

    def add_rejected(self, record: RejectedRecord) -> None:
        self.num_rejected += 1
        if len(self.rejected) < settings.IMPORT_MAX_ERRORS_SHOWN:
            self.rejected.append(record)

    @property
    def num_drawings(self) -> int:
        return len(self.manifest)

    def as_json(self, *, dry_run: bool, snapshot: SnapshotPayload | None) -> ImportReportPayload:
        counts = self.manifest.counts_json()
        return {
            "dry_run": dry_run,
            "format": self.file_format,
            "drawings": self.num_drawings,
            "training": counts_by_label(counts["training"]),
            "holdout": counts_by_label(counts["holdout"]),
            "users": counts["users"],
            "refused": self.num_rejected,
            "refusals": [{"at": one.location, "reason": one.reason} for one in self.rejected],
            "champion": self.champion_check.as_json() if self.champion_check else None,
            "snapshot": snapshot,
        }

"""Report of an import or a dry run."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from recognizer.models import Split
from recognizer.protocol import JSON
from recognizer.snapshots.imports.records import RejectedRecord
from recognizer.snapshots.manifest import Manifest
from recognizer.snapshots.serializers import counts_by_label


@dataclass
class ImportReport:
    """`file_format` is idx, csv or jsonl. Only the first rejected records are kept."""

    file_format: str
    manifest: Manifest = field(default_factory=Manifest)
    num_rejected: int = 0
    rejected: list[RejectedRecord] = field(default_factory=list)

    def add_rejected(self, record: RejectedRecord) -> None:
        self.num_rejected += 1
        if len(self.rejected) < settings.IMPORT_MAX_ERRORS_SHOWN:
            self.rejected.append(record)

    @property
    def num_drawings(self) -> int:
        return len(self.manifest.entries)

    def as_json(self) -> JSON:
        counts = self.manifest.counts_json()
        return {
            "format": self.file_format,
            "drawings": self.num_drawings,
            **{split.value: counts_by_label(counts[split.value]) for split in Split},
            "users": counts["users"],
            "refused": self.num_rejected,
            "refusals": [{"at": one.location, "reason": one.reason} for one in self.rejected],
        }

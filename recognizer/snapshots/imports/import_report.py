"""What an imported file would bring, or has brought."""

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

    def as_json(self) -> JSON:
        counts = self.manifest.counts_json()
        return {
            "format": self.form,
            "drawings": self.drawings,
            **{side.value: counts_by_label(counts[side.value]) for side in Split},
            "users": counts["users"],
            "refused": self.refused,
            "refusals": [{"at": one.place, "reason": one.reason} for one in self.refusals],
        }

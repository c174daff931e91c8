"""What an imported file would bring, or has brought."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from recognizer.contract import JSON
from recognizer.models import Split
from recognizer.snapshots.describing import by_label
from recognizer.snapshots.imports.incoming import Refusal
from recognizer.snapshots.manifest import Manifest


@dataclass
class Report:
    """`form` is idx, csv or jsonl; of the refusals the first few are kept."""

    form: str
    manifest: Manifest = field(default_factory=Manifest)
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        self.refused += 1
        if len(self.refusals) < settings.IMPORT_REFUSALS_SHOWN:
            self.refusals.append(refusal)

    @property
    def drawings(self) -> int:
        return len(self.manifest.entries)

    def as_json(self) -> JSON:
        counts = self.manifest.counts_json()
        return {
            "format": self.form,
            "drawings": self.drawings,
            **{side.value: by_label(counts[side.value]) for side in Split},
            "users": counts["users"],
            "refused": self.refused,
            "refusals": [{"at": one.place, "reason": one.reason} for one in self.refusals],
        }

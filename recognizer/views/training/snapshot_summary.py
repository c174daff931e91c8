"""Training sets as the pages show them: counts, bars, thumbnails and texts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotDrawing, SnapshotItem, Split
from recognizer.snapshots.diff import SnapshotDiff
from recognizer.snapshots.imports.import_records import ImportRecord
from recognizer.snapshots.set_statistics import list_top_contributors
from recognizer.views.drawing_summary import InkSvg, raster_url, render_ink_svg
from recognizer.views.label_and_number_formatting import (
    format_confidence,
    format_label,
    format_percent,
)

LABELS = range(NOT_A_DIGIT_LABEL + 1)
THUMBNAILS_PAGE_SIZE = 66
SAMPLE_THUMBNAILS_PER_LABEL = 3


@dataclass(frozen=True)
class LabelCountBar:
    """Counts of one label by split. Lengths are relative to the longest bar, which has 100."""

    name: str
    training: int
    holdout: int
    training_length: float
    holdout_length: float


@dataclass
class SnapshotSummary:
    """Counts and texts of one training set."""

    snapshot: Snapshot
    previous: Snapshot | None = None

    @property
    def drawings(self) -> int:
        return self.training + self.holdout

    @property
    def training(self) -> int:
        return sum(self.snapshot.counts[Split.TRAINING])

    @property
    def holdout(self) -> int:
        return sum(self.snapshot.counts[Split.HOLDOUT])

    @property
    def users(self) -> int:
        return sum(self.snapshot.counts["users"].values())

    @property
    def title(self) -> str:
        return snapshot_title(self.snapshot)

    @cached_property
    def bars(self) -> list[LabelCountBar]:
        return build_bars(self.snapshot.counts)


@dataclass(frozen=True)
class Thumbnail:
    """One drawing of a training set. `previous_label` is its label in a compared set."""

    item: SnapshotItem
    previous_label: int | None = None

    @cached_property
    def vector(self) -> InkSvg | None:
        strokes: list[Any] = json.loads(self.item.drawing.ink) if self.item.drawing.ink else []
        return render_ink_svg(strokes) if strokes else None

    @property
    def raster_url(self) -> str:
        raster = self.item.drawing.raster
        return raster_url(bytes(raster)) if raster is not None else ""

    @property
    def is_erased(self) -> bool:
        return self.item.drawing.erased_at is not None

    @property
    def short_label(self) -> str:
        return "–" if self.item.label == NOT_A_DIGIT_LABEL else str(self.item.label)

    @property
    def previous_text(self) -> str:
        return format_label(self.previous_label)

    @property
    def description(self) -> str:
        """The text for screen readers."""
        suffix = ", deleted" if self.is_erased else ""
        return f"{format_label(self.item.label)}, {self.item.split}{suffix}"


def sample_thumbnails(records: Sequence[ImportRecord]) -> list[Thumbnail]:
    """Return the first records of each label, by label."""
    by_label: dict[int, list[ImportRecord]] = {}
    for record in records:
        by_label.setdefault(record.label, []).append(record)
    return [
        Thumbnail(
            SnapshotItem(
                label=record.label,
                split=record.split,
                drawing=SnapshotDrawing(ink=record.ink, raster=record.raster),
            )
        )
        for _, found in sorted(by_label.items())
        for record in found[:SAMPLE_THUMBNAILS_PER_LABEL]
    ]


@dataclass(frozen=True)
class ThumbnailFilter:
    """Filter of the drawings of a training set. `after` is the sort key of the last item shown."""

    label: int | None
    split: str
    after: UUID

    @property
    def label_links(self) -> list[tuple[str, str, bool]]:
        """(text, query, is current)"""
        labels = [("all", None), *((format_label(label), label) for label in LABELS)]
        return [(text, self._query(label=label), label == self.label) for text, label in labels]

    @property
    def split_links(self) -> list[tuple[str, str, bool]]:
        splits = [("all", ""), *((split, split) for split in Split.values)]
        return [(text, self._query(split=split), split == self.split) for text, split in splits]

    def next_query(self, after: UUID) -> str:
        return self._query(after=after)

    def _query(self, **changes: Any) -> str:
        params = {"label": self.label, "split": self.split, "after": "", **changes}
        return urlencode({name: value for name, value in params.items() if value not in (None, "")})


@dataclass(frozen=True)
class ThumbnailPage:
    thumbnails: list[Thumbnail]
    next_query: str


def format_split_counts(counts: Mapping[str, Sequence[int]]) -> str:
    """Return the size of a training set as all pages show it."""
    training, holdout = sum(counts[Split.TRAINING]), sum(counts[Split.HOLDOUT])
    return f"{training:,} training, {holdout:,} holdout"


def snapshot_title(snapshot: Snapshot) -> str:
    """Return the note, or the time of creation."""
    local = timezone.localtime(snapshot.created_at)
    return snapshot.note or f"Training set of {local:%-d %b %Y, %H:%M}"


def build_bars(counts: Mapping[str, Sequence[int]]) -> list[LabelCountBar]:
    pairs = list(zip(counts[Split.TRAINING], counts[Split.HOLDOUT], strict=True))
    longest = max([1, *(training + holdout for training, holdout in pairs)])
    return [
        LabelCountBar(
            format_label(label),
            training,
            holdout,
            round(100 * training / longest, 2),
            round(100 * holdout / longest, 2),
        )
        for label, (training, holdout) in enumerate(pairs)
    ]


def parse_thumbnail_filter(params: Mapping[str, str]) -> ThumbnailFilter:
    """Ignore invalid values."""
    label, after = params.get("label", ""), params.get("after", "")
    is_label = label.isascii() and label.isdigit() and len(label) < 3 and int(label) in LABELS
    split = params.get("split", "")
    return ThumbnailFilter(
        int(label) if is_label else None,
        split if split in Split.values else "",
        _parse_sort_key(after),
    )


def _parse_sort_key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def load_thumbnail_page(snapshot: Snapshot, thumbnail_filter: ThumbnailFilter) -> ThumbnailPage:
    items = snapshot.items.filter(sort_key__gt=thumbnail_filter.after)
    if thumbnail_filter.label is not None:
        items = items.filter(label=thumbnail_filter.label)
    if thumbnail_filter.split:
        items = items.filter(split=thumbnail_filter.split)
    found = list(items.order_by("sort_key").select_related("drawing")[: THUMBNAILS_PAGE_SIZE + 1])
    shown = found[:THUMBNAILS_PAGE_SIZE]
    next_query = thumbnail_filter.next_query(shown[-1].sort_key) if len(found) > len(shown) else ""
    return ThumbnailPage([Thumbnail(item) for item in shown], next_query)


def format_top_contributors(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the users with the most drawings, with their share of their split."""
    totals = {split: sum(snapshot.counts[split]) for split in Split.values}
    return [
        {
            "pseudonym": pseudonym,
            "split": split,
            "drawings": drawings,
            "share": format_confidence(drawings / totals[split])
            if drawings < totals[split]
            else format_percent(1, decimals=0),
        }
        for pseudonym, split, drawings in list_top_contributors(snapshot)
    ]


def build_diff_rows(diff: SnapshotDiff) -> list[dict[str, Any]]:
    """Return a row per label with added, removed or relabelled drawings."""
    rows = []
    for label in LABELS:
        relabelled = [one for one in diff.relabelled if one.old_label == label]
        texts = [f"{one.count} now {format_label(one.new_label)}" for one in relabelled]
        row = {
            "name": format_label(label),
            "added": diff.added[label],
            "removed": diff.removed[label],
            "num_relabelled": sum(one.count for one in relabelled),
            "relabelled": ", ".join(texts),
        }
        if row["added"] or row["removed"] or relabelled:
            rows.append(row)
    return rows

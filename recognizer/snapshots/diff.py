"""Differences between two snapshots: added, removed, relabelled and redrawn drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, TypedDict
from uuid import UUID

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem
from recognizer.protocol import label_json
from recognizer.protocol.drawing_json_payloads import LabelValue, Uuid
from recognizer.snapshots.api_payloads import CountsByLabel, counts_by_label
from recognizer.snapshots.training_samples import iter_row_batches

MAX_EXAMPLES = 48
LINE_BATCH_SIZE = 2_000
STORED_COUNTS = ("added", "removed", "redrawn", "in_both")
STORED_EXAMPLES = ("added_examples", "removed_examples", "relabelled_examples")


RelabelledDrawingPayload = TypedDict(
    "RelabelledDrawingPayload",
    {"from": LabelValue | None, "to": LabelValue | None, "drawings": int},
)
SnapshotDiffPayload = TypedDict(
    "SnapshotDiffPayload",
    {
        "from": Uuid,
        "to": Uuid,
        "added": Annotated[CountsByLabel, "Drawings that only the second has, by label."],
        "removed": Annotated[CountsByLabel, "Drawings that only the first has, by label."],
        "relabelled": list[RelabelledDrawingPayload],
        "redrawn": Annotated[int, "Drawings in both, at different revisions."],
        "in_both": int,
    },
)


@dataclass(frozen=True)
class RelabelCount:
    """Number of drawings whose label changed from `old_label` to `new_label`."""

    old_label: int
    new_label: int
    count: int


class _DiffLine(NamedTuple):
    pk: int
    drawing_id: UUID
    snapshot_drawing_id: int
    label: int


@dataclass
class DiffExamples:
    """The first few items of one kind. `old_labels` has the labels in the other snapshot, by item
    id."""

    ids: list[int] = field(default_factory=list)
    old_labels: dict[int, int] = field(default_factory=dict)

    def add(self, line: _DiffLine, *, old_label: int | None = None) -> None:
        if len(self.ids) < MAX_EXAMPLES:
            self.ids.append(line.pk)
            if old_label is not None:
                self.old_labels[line.pk] = old_label

    def load_items(self) -> list[SnapshotItem]:
        """Load the items with their drawings."""
        items = SnapshotItem.objects.filter(pk__in=self.ids)
        return list(items.order_by("pk").select_related("drawing"))


@dataclass
class SnapshotDiff:
    """Counts by label, relabelled drawings by (old label, new label), and examples of each kind."""

    first: Snapshot
    second: Snapshot
    added: list[int] = field(default_factory=lambda: [0] * (NOT_A_DIGIT_LABEL + 1))
    removed: list[int] = field(default_factory=lambda: [0] * (NOT_A_DIGIT_LABEL + 1))
    relabel_counter: Counter[tuple[int, int]] = field(default_factory=Counter)
    redrawn: int = 0
    in_both: int = 0
    added_examples: DiffExamples = field(default_factory=DiffExamples)
    removed_examples: DiffExamples = field(default_factory=DiffExamples)
    relabelled_examples: DiffExamples = field(default_factory=DiffExamples)

    @property
    def relabelled(self) -> list[RelabelCount]:
        return [
            RelabelCount(*labels, count) for labels, count in sorted(self.relabel_counter.items())
        ]

    @property
    def is_empty(self) -> bool:
        return not (sum(self.added) + sum(self.removed) + len(self.relabel_counter) + self.redrawn)

    def add_added(self, line: _DiffLine) -> None:
        self.added[line.label] += 1
        self.added_examples.add(line)

    def add_removed(self, line: _DiffLine) -> None:
        self.removed[line.label] += 1
        self.removed_examples.add(line)

    def add_changed(self, old: _DiffLine, new: _DiffLine) -> None:
        self.redrawn += old.snapshot_drawing_id != new.snapshot_drawing_id
        if old.label != new.label:
            self.relabel_counter[old.label, new.label] += 1
            self.relabelled_examples.add(new, old_label=old.label)


def diff_snapshots(first: Snapshot, second: Snapshot) -> SnapshotDiff:
    """Return the differences from the first to the second snapshot. Their lines never change, so
    they are compared once."""
    if (stored := cache.get(_cache_key(first, second))) is not None:
        return _diff_from_stored(first, second, stored)
    diff, reverse = _compare(first, second)
    cache.set(_cache_key(first, second), _diff_to_stored(diff), None)
    cache.set(_cache_key(second, first), _diff_to_stored(reverse), None)
    return diff


def _cache_key(first: Snapshot, second: Snapshot) -> str:
    return f"set_diff:{first.pk}:{second.pk}"


def _compare(first: Snapshot, second: Snapshot) -> tuple[SnapshotDiff, SnapshotDiff]:
    """Compare all lines, and return the differences from the first to the second snapshot, and from
    the second to the first.

    The lines that the other snapshot lacks are read in the order of drawings and merged. Of two
    snapshots of this site they are few.
    """
    diff, reverse = SnapshotDiff(first, second), SnapshotDiff(second, first)
    old_lines, new_lines = _iter_lines(first, second), _iter_lines(second, first)
    old, new = next(old_lines, None), next(new_lines, None)
    while old or new:
        if new is None or (old and old.drawing_id < new.drawing_id):
            assert old  # noqa: S101 - at least one is not None
            diff.add_removed(old)
            reverse.add_added(old)
            old = next(old_lines, None)
        elif old is None or new.drawing_id < old.drawing_id:
            diff.add_added(new)
            reverse.add_removed(new)
            new = next(new_lines, None)
        else:
            diff.add_changed(old, new)
            reverse.add_changed(new, old)
            old, new = next(old_lines, None), next(new_lines, None)
    diff.in_both = reverse.in_both = first.num_items - sum(diff.removed)
    return diff, reverse


def diff_json(diff: SnapshotDiff) -> SnapshotDiffPayload:
    return {
        "from": str(diff.first.pk),
        "to": str(diff.second.pk),
        "added": counts_by_label(diff.added),
        "removed": counts_by_label(diff.removed),
        "relabelled": [
            {
                "from": label_json(one.old_label),
                "to": label_json(one.new_label),
                "drawings": one.count,
            }
            for one in diff.relabelled
        ],
        "redrawn": diff.redrawn,
        "in_both": diff.in_both,
    }


def _diff_to_stored(diff: SnapshotDiff) -> dict[str, Any]:
    stored = {name: getattr(diff, name) for name in STORED_COUNTS}
    stored["relabelled"] = [[*labels, count] for labels, count in diff.relabel_counter.items()]
    for name in STORED_EXAMPLES:
        examples: DiffExamples = getattr(diff, name)
        stored[name] = [[id, examples.old_labels.get(id)] for id in examples.ids]
    return stored


def _diff_from_stored(first: Snapshot, second: Snapshot, stored: dict[str, Any]) -> SnapshotDiff:
    diff = SnapshotDiff(first, second, **{name: stored[name] for name in STORED_COUNTS})
    diff.relabel_counter = Counter({(old, new): count for old, new, count in stored["relabelled"]})
    for name in STORED_EXAMPLES:
        old_labels = {id: label for id, label in stored[name] if label is not None}
        setattr(diff, name, DiffExamples([id for id, _ in stored[name]], old_labels))
    return diff


def _lines_only_in(snapshot: Snapshot, other: Snapshot) -> QuerySet[SnapshotItem]:
    """Return the items that the other snapshot does not contain, or not with the same label."""
    if snapshot.series != other.series:
        same = other.items.filter(drawing=OuterRef("drawing"), label=OuterRef("label"))
        return snapshot.items.filter(~Exists(same))
    if snapshot.number < other.number:
        return snapshot.items.filter(last_number__lt=other.number)
    return snapshot.items.filter(first_number__gt=other.number)


def _iter_lines(snapshot: Snapshot, other: Snapshot) -> Iterator[_DiffLine]:
    """Yield the items that the other snapshot lacks in the order of their drawings."""
    columns = ("drawing__drawing_id", "drawing_id", "label")
    items = _lines_only_in(snapshot, other)
    if snapshot.series == other.series:
        rows: Any = items.order_by("sort_key").values_list("pk", *columns)
        yield from (_DiffLine(*row) for row in rows)
        return
    batches = iter_row_batches(snapshot, items, columns, size=LINE_BATCH_SIZE)
    lines = (_DiffLine(*row) for batch in batches for row in batch)
    # The lines of an imported snapshot have the order of its file.
    yield from sorted(lines, key=attrgetter("drawing_id")) if snapshot.is_imported else lines

"""What is different in a second snapshot: drawings that came, went, were relabelled or redrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, TypedDict
from uuid import UUID

from recognizer.models import NOT_A_DIGIT_LABEL, Snapshot, SnapshotItem
from recognizer.protocol import label_json
from recognizer.protocol.payloads import LabelValue, Uuid
from recognizer.snapshots.serializers import CountsByLabel, counts_by_label

MAX_EXAMPLES = 48
LINE_BATCH_SIZE = 2_000


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
    """So many drawings were `before` and are `after`."""

    before: int
    after: int
    count: int


class _DiffLine(NamedTuple):
    pk: int
    drawing_id: UUID
    snapshot_drawing_id: int
    label: int


@dataclass
class DiffExamples:
    """The first few lines of a kind; `before` has what each was in the other snapshot."""

    ids: list[int] = field(default_factory=list)
    before: dict[int, int] = field(default_factory=dict)

    def add(self, line: _DiffLine, *, before: int | None = None) -> None:
        if len(self.ids) < MAX_EXAMPLES:
            self.ids.append(line.pk)
            if before is not None:
                self.before[line.pk] = before

    def read(self) -> list[SnapshotItem]:
        """The lines with their drawings."""
        items = SnapshotItem.objects.filter(pk__in=self.ids)
        return list(items.order_by("pk").select_related("drawing"))


@dataclass
class SnapshotDiff:
    """Numbers by label, `moves` by (before, after), and examples of each kind."""

    first: Snapshot
    second: Snapshot
    added: list[int] = field(default_factory=lambda: [0] * (NOT_A_DIGIT_LABEL + 1))
    removed: list[int] = field(default_factory=lambda: [0] * (NOT_A_DIGIT_LABEL + 1))
    relabel_counter: Counter[tuple[int, int]] = field(default_factory=Counter)
    redrawn: int = 0
    kept: int = 0
    came: DiffExamples = field(default_factory=DiffExamples)
    removed_examples: DiffExamples = field(default_factory=DiffExamples)
    changed: DiffExamples = field(default_factory=DiffExamples)

    @property
    def relabelled(self) -> list[RelabelCount]:
        return [
            RelabelCount(*labels, count) for labels, count in sorted(self.relabel_counter.items())
        ]

    @property
    def is_empty(self) -> bool:
        return not (sum(self.added) + sum(self.removed) + len(self.relabel_counter) + self.redrawn)


def diff_snapshots(first: Snapshot, second: Snapshot) -> SnapshotDiff:
    """From the first to the second. Both are read once, side by side, in the order of drawings:
    joining them in the database took minutes for 100,000 drawings."""
    diff = SnapshotDiff(first, second)
    before, after = _iter_lines(first), _iter_lines(second)
    old, new = next(before, None), next(after, None)
    while old or new:
        if new is None or (old and old.drawing_id < new.drawing_id):
            assert old  # noqa: S101 - one of the two is there
            diff.removed[old.label] += 1
            diff.removed_examples.add(old)
            old = next(before, None)
        elif old is None or new.drawing_id < old.drawing_id:
            diff.added[new.label] += 1
            diff.came.add(new)
            new = next(after, None)
        else:
            _compare_lines(diff, old, new)
            old, new = next(before, None), next(after, None)
    return diff


def diff_json(diff: SnapshotDiff) -> SnapshotDiffPayload:
    return {
        "from": str(diff.first.pk),
        "to": str(diff.second.pk),
        "added": counts_by_label(diff.added),
        "removed": counts_by_label(diff.removed),
        "relabelled": [
            {"from": label_json(one.before), "to": label_json(one.after), "drawings": one.count}
            for one in diff.relabelled
        ],
        "redrawn": diff.redrawn,
        "in_both": diff.kept,
    }


def _compare_lines(diff: SnapshotDiff, old: _DiffLine, new: _DiffLine) -> None:
    diff.kept += 1
    diff.redrawn += old.snapshot_drawing_id != new.snapshot_drawing_id
    if old.label != new.label:
        diff.relabel_counter[old.label, new.label] += 1
        diff.changed.add(new, before=old.label)


def _iter_lines(snapshot: Snapshot) -> Iterator[_DiffLine]:
    """In the order in which they were stored, which is that of drawings."""
    rows: Any = (
        SnapshotItem.objects.filter(snapshot=snapshot)
        .order_by("pk")
        .values_list("pk", "drawing__drawing_id", "drawing_id", "label")
    )
    last = 0
    while page := [_DiffLine(*row) for row in rows.filter(pk__gt=last)[:LINE_BATCH_SIZE]]:
        yield from page
        last = page[-1].pk

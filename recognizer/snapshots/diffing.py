"""What is different in a second snapshot: drawings that came, went, were relabelled or redrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery

from recognizer.contract import JSON, label_json
from recognizer.models import NOT_A_DIGIT, Snapshot, SnapshotItem
from recognizer.snapshots.describing import by_label


@dataclass(frozen=True)
class Relabelled:
    """So many drawings were `before` and are `after`."""

    before: int
    after: int
    count: int


@dataclass(frozen=True)
class Diff:
    """Numbers by label; the items themselves are queries, to be read as far as they are shown.
    `changed` are items of the second with an annotation `before`."""

    first: Snapshot
    second: Snapshot
    added: list[int]
    removed: list[int]
    relabelled: list[Relabelled]
    redrawn: int
    kept: int

    @property
    def added_items(self) -> QuerySet[SnapshotItem]:
        return _missing_in(self.second, self.first)

    @property
    def removed_items(self) -> QuerySet[SnapshotItem]:
        return _missing_in(self.first, self.second)

    @property
    def changed_items(self) -> QuerySet[SnapshotItem]:
        return _changed(self.first, self.second)

    @property
    def is_empty(self) -> bool:
        return not (sum(self.added) + sum(self.removed) + len(self.relabelled) + self.redrawn)


def diff_snapshots(first: Snapshot, second: Snapshot) -> Diff:
    """From the first to the second; six statements, each over one of them."""
    added, removed = _by_label(first, second), _by_label(second, first)
    changed: Any = _changed(first, second)
    moves = (
        changed.order_by()
        .values("before", "label")
        .annotate(count=Count("pk"))
        .order_by("before", "label")
    )
    relabelled = [Relabelled(one["before"], one["label"], one["count"]) for one in moves]
    in_both = second.items.count() - sum(added)
    redrawn = second.items.filter(
        ~Exists(first.items.filter(sample=OuterRef("sample"))),
        Exists(first.items.filter(sample__drawing_id=OuterRef("sample__drawing_id"))),
    ).count()
    return Diff(first, second, added, removed, relabelled, redrawn, in_both)


def diff_json(diff: Diff) -> JSON:
    return {
        "from": str(diff.first.pk),
        "to": str(diff.second.pk),
        "added": by_label(diff.added),
        "removed": by_label(diff.removed),
        "relabelled": [
            {"from": label_json(one.before), "to": label_json(one.after), "drawings": one.count}
            for one in diff.relabelled
        ],
        "redrawn": diff.redrawn,
        "in_both": diff.kept,
    }


def _missing_in(here: Snapshot, there: Snapshot) -> QuerySet[SnapshotItem]:
    same = there.items.filter(sample__drawing_id=OuterRef("sample__drawing_id"))
    return here.items.filter(~Exists(same)).order_by("pk")


def _changed(first: Snapshot, second: Snapshot) -> QuerySet[SnapshotItem]:
    before = first.items.filter(sample__drawing_id=OuterRef("sample__drawing_id"))
    return (
        second.items.annotate(before=Subquery(before.values("label")[:1]))
        .filter(before__isnull=False)
        .exclude(before=F("label"))
        .order_by("pk")
    )


def _by_label(there: Snapshot, here: Snapshot) -> list[int]:
    """How many of each label are here and not there."""
    rows = _missing_in(here, there).order_by().values_list("label").annotate(Count("pk"))
    counted: dict[int, int] = dict(rows)
    return [counted.get(value, 0) for value in range(NOT_A_DIGIT + 1)]

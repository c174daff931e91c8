"""Statistics of a snapshot: excluded drawings, and the users with the most drawings.

Its lines never change, so they are counted once by owner and by reviewer, and again after erasures.
Of the next snapshot, only the lines that differ are counted.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, TypedDict

from django.core.cache import cache
from django.db.models import Count, OuterRef, QuerySet, Subquery

from recognizer.models import Label, LabelKind, Snapshot, SnapshotDrawing, SnapshotItem, User
from recognizer.snapshots.manifest import Manifest, TopContributor

NUM_TOP_CONTRIBUTORS = 8


class _Counts(TypedDict):
    """Numbers of items that are not erased, as pairs of (user id, number): by owner, and by the
    reviewer whose label decided."""

    erased: int
    owners: list[tuple[int, int]]
    reviewers: list[tuple[int, int]]
    without_label: int


def count_excluded(snapshot: Snapshot) -> dict[str, int]:
    """Count the items that are no longer used: `erased`, `withdrawn` for withdrawn consent, and
    `suspended` for labels of suspended reviewers, and for deleted labels."""
    erased = _count_erased(snapshot)
    counts = _load_counts(snapshot, erased)
    owners, reviewers = dict(counts["owners"]), dict(counts["reviewers"])
    withdrawn = User.objects.filter(pk__in=owners, may_teach=False)
    suspended = User.objects.filter(pk__in=reviewers, reviews_suspended_at__isnull=False)
    return {
        "erased": erased,
        "withdrawn": sum(owners[pk] for pk in withdrawn.values_list("pk", flat=True)),
        "suspended": counts["without_label"]
        + sum(reviewers[pk] for pk in suspended.values_list("pk", flat=True)),
    }


def store_counts(snapshot: Snapshot, previous: Snapshot | None) -> None:
    """Count a new snapshot of this site by the lines that the previous one does not have."""
    counts: _Counts | None = cache.get(_cache_key(previous)) if previous else None
    if previous is None or counts is None or counts["erased"] != _count_erased(previous):
        _store(snapshot, _count_items(snapshot.items))
        return
    added = _count_items(snapshot.items.filter(first_number=snapshot.number))
    removed = _count_items(previous.items.filter(last_number=previous.number))
    _store(snapshot, _sum_counts(counts, added, removed))


def _sum_counts(counts: _Counts, added: _Counts, removed: _Counts) -> _Counts:
    def by_user(name: Literal["owners", "reviewers"]) -> list[tuple[int, int]]:
        total = Counter(dict(counts[name])) + Counter(dict(added[name]))
        return list((total - Counter(dict(removed[name]))).items())

    def number(name: Literal["erased", "without_label"]) -> int:
        return counts[name] + added[name] - removed[name]

    return {
        "erased": number("erased"),
        "owners": by_user("owners"),
        "reviewers": by_user("reviewers"),
        "without_label": number("without_label"),
    }


def _load_counts(snapshot: Snapshot, erased: int) -> _Counts:
    """Return the stored counts. They are counted again after an erasure, and after the deletion of
    a reviewer, whose labels may be deleted too."""
    counts: _Counts | None = cache.get(_cache_key(snapshot))
    if counts is not None and counts["erased"] == erased:
        reviewers = [pk for pk, _ in counts["reviewers"]]
        if User.objects.filter(pk__in=reviewers).count() == len(reviewers):
            return counts
    return _store(snapshot, _count_items(snapshot.items))


def _cache_key(snapshot: Snapshot) -> str:
    return f"snapshot_counts:{snapshot.pk}"


def _store(snapshot: Snapshot, counts: _Counts) -> _Counts:
    cache.set(_cache_key(snapshot), counts, None)
    return counts


def store_top_contributors(snapshot: Snapshot, manifest: Manifest) -> None:
    top = manifest.list_top_contributors(NUM_TOP_CONTRIBUTORS)
    cache.set(f"top_contributors:{snapshot.sha256}", [one[:] for one in top], None)


def list_top_contributors(snapshot: Snapshot) -> list[TopContributor]:
    """Return the users with the most drawings."""
    rows: Any = cache.get_or_set(
        f"top_contributors:{snapshot.sha256}", lambda: _count_top_contributors(snapshot), None
    )
    return [TopContributor(*row) for row in rows]


def _count_erased(snapshot: Snapshot) -> int:
    """Count the erased drawings, which have an index and are few."""
    return _erased(snapshot.items).count()


def _erased(items: QuerySet[SnapshotItem]) -> QuerySet[SnapshotItem]:
    erased = SnapshotDrawing.objects.filter(erased_at__isnull=False).values("pk")
    return items.filter(drawing__in=erased)


def _count_items(all_items: QuerySet[SnapshotItem]) -> _Counts:
    items = all_items.filter(drawing__erased_at=None).order_by()
    label = Label.objects.filter(pk=OuterRef("event_id"))
    labelled = items.filter(event_id__isnull=False).annotate(
        reviewer=Subquery(label.filter(kind=LabelKind.REVIEW).values("author_id")[:1]),
        kind=Subquery(label.values("kind")[:1]),
    )
    by_owner = items.values_list("drawing__owner").annotate(number=Count("pk"))
    by_reviewer = list(labelled.values_list("reviewer", "kind").annotate(number=Count("pk")))
    return {
        "erased": _erased(all_items).count(),
        "owners": [(pk, number) for pk, number in by_owner if pk is not None],
        "reviewers": [(pk, number) for pk, _, number in by_reviewer if pk is not None],
        "without_label": sum(number for _, kind, number in by_reviewer if kind is None),
    }


def _count_top_contributors(snapshot: Snapshot) -> list[Any]:
    counted = snapshot.items.order_by().values_list("user_pseudonym", "split")
    counted = counted.annotate(drawings=Count("pk"))
    return list(counted.order_by("-drawings", "user_pseudonym")[:NUM_TOP_CONTRIBUTORS])

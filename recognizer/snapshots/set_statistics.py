"""Statistics of a snapshot: excluded drawings, and the users with the most drawings.

Its lines never change, so they are counted once by owner and by reviewer, and again after erasures.
"""

from __future__ import annotations

from typing import Any, TypedDict

from django.core.cache import cache
from django.db.models import Count, OuterRef, Subquery

from recognizer.models import Label, LabelKind, Snapshot, SnapshotDrawing, SnapshotItem, User

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


def _load_counts(snapshot: Snapshot, erased: int) -> _Counts:
    """Return the stored counts. They are counted again after an erasure, and after the deletion of
    a reviewer, whose labels may be deleted too."""
    key = f"snapshot_counts:{snapshot.pk}"
    counts: _Counts | None = cache.get(key)
    if counts is not None and counts["erased"] == erased:
        reviewers = [pk for pk, _ in counts["reviewers"]]
        if User.objects.filter(pk__in=reviewers).count() == len(reviewers):
            return counts
    counts = _count_items(snapshot, erased)
    cache.set(key, counts, None)
    return counts


def list_top_contributors(snapshot: Snapshot) -> list[tuple[str, str, int]]:
    """Return (pseudonym, split, number of drawings) of the users with the most drawings."""
    # The lines of a snapshot never change.
    rows: Any = cache.get_or_set(
        f"top_contributors:{snapshot.sha256}", lambda: _count_top_contributors(snapshot), None
    )
    return [(pseudonym, split, number) for pseudonym, split, number in rows]


def _count_erased(snapshot: Snapshot) -> int:
    """Count the erased drawings, which have an index and are few."""
    erased = SnapshotDrawing.objects.filter(erased_at__isnull=False).values("pk")
    return SnapshotItem.objects.filter(snapshot=snapshot, drawing__in=erased).count()


def _count_items(snapshot: Snapshot, erased: int) -> _Counts:
    items = SnapshotItem.objects.filter(snapshot=snapshot, drawing__erased_at=None).order_by()
    label = Label.objects.filter(pk=OuterRef("event_id"))
    labelled = items.filter(event_id__isnull=False).annotate(
        reviewer=Subquery(label.filter(kind=LabelKind.REVIEW).values("author_id")[:1]),
        kind=Subquery(label.values("kind")[:1]),
    )
    by_owner = items.values_list("drawing__owner").annotate(number=Count("pk"))
    by_reviewer = list(labelled.values_list("reviewer", "kind").annotate(number=Count("pk")))
    return {
        "erased": erased,
        "owners": [(pk, number) for pk, number in by_owner if pk is not None],
        "reviewers": [(pk, number) for pk, _, number in by_reviewer if pk is not None],
        "without_label": sum(number for _, kind, number in by_reviewer if kind is None),
    }


def _count_top_contributors(snapshot: Snapshot) -> list[Any]:
    counted = snapshot.items.order_by().values_list("user_pseudonym", "split")
    counted = counted.annotate(drawings=Count("pk"))
    return list(counted.order_by("-drawings", "user_pseudonym")[:NUM_TOP_CONTRIBUTORS])

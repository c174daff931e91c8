"""Numbers of drawings that the next snapshot would contain, by split and label."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from recognizer.models import NOT_A_DIGIT_LABEL, GroundTruth, Label, Split, User
from recognizer.snapshots.ground_truth_changes import trainable_ground_truths
from recognizer.snapshots.user_splits_and_pseudonyms import filter_established, split_at

MAX_UNCACHED_GROUND_TRUTHS = 2_000
"""Counting fewer takes milliseconds. Of more, the numbers are at most a minute old."""
CACHE_KEY = "next_snapshot_counts"
CACHE_TTL_S = 3600.0

Counts = dict[str, list[int]]


def count_next_snapshot() -> Counts:
    """Return the drawings by split and label that a snapshot built now would contain, as in
    Snapshot.counts."""
    if not _is_large():
        return _count_all()
    cached = cache.get(CACHE_KEY) or _store_counts()
    counts: Counts = cached["counts"]
    return counts


def refresh_next_snapshot_counts() -> None:
    """Count again on a large site if there are new labels, and every hour."""
    cached = cache.get(CACHE_KEY) if _is_large() else None
    if cached is None:
        return  # a small site, or no page has shown the numbers for long
    is_old = time.time() > cached["counted_at"] + CACHE_TTL_S
    if is_old or cached["newest_label"] != _find_newest_label():
        _store_counts()


def _is_large() -> bool:
    ids = GroundTruth.objects.order_by("pk").values("pk")
    return bool(ids[MAX_UNCACHED_GROUND_TRUTHS : MAX_UNCACHED_GROUND_TRUTHS + 1])


def _find_newest_label() -> int | None:
    return Label.objects.order_by("-pk").values_list("pk", flat=True).first()


def _store_counts() -> dict[str, Any]:
    cached = {
        "newest_label": _find_newest_label(),
        "counted_at": time.time(),
        "counts": _count_all(),
    }
    cache.set(CACHE_KEY, cached, timeout=None)
    return cached


def _count_all() -> Counts:
    """Count them now. Users without a split count where the next snapshot would assign them."""
    rows = trainable_ground_truths().order_by()
    counted = list(
        rows.values_list("drawing__owner_id", "drawing__owner__split", "value").annotate(
            count=Count("pk")
        )
    )
    splits = {owner_id: split for owner_id, split, _, _ in counted}
    unassigned = sorted(owner_id for owner_id, split in splits.items() if not split)
    num_assigned = User.objects.exclude(split="").count() if unassigned else 0
    splits |= {pk: split_at(num_assigned + index) for index, pk in enumerate(unassigned)}
    held_out = [owner_id for owner_id, split in splits.items() if split == Split.HOLDOUT]
    left_out = set(held_out) - filter_established(held_out)
    counts = {split.value: [0] * (NOT_A_DIGIT_LABEL + 1) for split in Split}
    for owner_id, _, label, count in counted:
        if owner_id not in left_out:
            counts[splits[owner_id]][label] += count
    return counts

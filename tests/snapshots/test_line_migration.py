"""Migration 0028: rows of equal lines in consecutive snapshots become one row, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

BEFORE, AFTER = "0027_storage_of_drawings", "0028_lines_of_consecutive_snapshots"
OWN = [["A4", "B2", "C3"], ["A4", "C3"], ["A5", "B2", "C3"], ["A4", "B2", "C3", "D1"]]
"""Drawing and label of the lines of each snapshot of this site, in the order of creation."""
IMPORTED = ["C3", "A4"]
"""Imported after the second one. The order is that of its file."""


def _migrate(name: str) -> Any:
    """Migrate to this state, and return its models."""
    executor = MigrationExecutor(connection)
    executor.migrate([("recognizer", name)])
    return MigrationExecutor(connection).loader.project_state([("recognizer", name)]).apps


@pytest.fixture
def newest_migration() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _drawing_id(name: str) -> UUID:
    return UUID(int=ord(name[0]))


def _create_snapshots(apps: Any) -> list[Any]:
    snapshots, items = apps.get_model("recognizer.Snapshot"), []
    copies = {
        name: apps.get_model("recognizer.SnapshotDrawing").objects.create(
            drawing_id=_drawing_id(name), revision=1, ink_sha256="0" * 64
        )
        for name in "ABCD"
    }
    found = []
    for place, lines in enumerate([*OWN[:2], IMPORTED, *OWN[2:]]):
        snapshot = snapshots.objects.create(
            sha256=str(place) * 64, counts={}, is_imported=lines is IMPORTED
        )
        found.append(snapshot)
        items += [
            apps.get_model("recognizer.SnapshotItem")(
                snapshot=snapshot,
                drawing=copies[line[0]],
                label=int(line[1]),
                event_id=None if lines is IMPORTED else int(line[1]),
                split="training",
                user_pseudonym="p",
            )
            for line in lines
        ]
    apps.get_model("recognizer.SnapshotItem").objects.bulk_create(items)
    return found


def _lines(items: Any) -> list[str]:
    rows = items.values_list("drawing__drawing_id", "label")
    return [f"{chr(id.int)}{label}" for id, label in rows]


@pytest.mark.usefixtures("newest_migration")
def test_lines_are_merged_and_repeated() -> None:
    apps = _migrate(BEFORE)
    snapshots = _create_snapshots(apps)
    expected = [*OWN[:2], IMPORTED, *OWN[2:]]
    apps = _migrate(AFTER)
    items = apps.get_model("recognizer.SnapshotItem").objects.order_by("sort_key")
    stored = apps.get_model("recognizer.Snapshot").objects.order_by("number")
    assert [one.pk for one in stored] == [one.pk for one in snapshots]
    for snapshot, lines in zip(stored, expected, strict=True):
        contained = items.filter(
            series=snapshot.series,
            first_number__lte=snapshot.number,
            last_number__gte=snapshot.number,
        )
        assert _lines(contained) == lines
    # A4 twice and A5, B2 twice, C3, D1, and the imported ones
    assert items.count() == 3 + 2 + 1 + 1 + len(IMPORTED)
    apps = _migrate(BEFORE)
    items = apps.get_model("recognizer.SnapshotItem").objects.order_by("pk")
    for snapshot, lines in zip(snapshots, expected, strict=True):
        assert _lines(items.filter(snapshot_id=snapshot.pk)) == lines

"""Migrations create and delete indexes of existing tables without blocking writes on PostgreSQL.

A plain `AddIndex` locks the table until all rows are read: minutes on a large site.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import Q

from recognizer.db.index_operations import AddIndex, RemoveIndex
from recognizer.models import Drawing

LAST_BEFORE_THE_RULE = "0022"  # these were written before the first release
WRITTEN_BY_BUILDS = {"snapshot", "snapshotitem"}
"""Tables that no user writes: only builds of training sets wait for a migration."""
INDEX = models.Index(fields=["claim"], name="drawing_claim")
SAFE, UNSAFE = AddIndex("drawing", INDEX), migrations.AddIndex("drawing", INDEX)


def find_blocking(migration: migrations.Migration) -> Iterator[str]:
    """Yield the operations that read an existing table while it is locked."""
    created = {
        one.name_lower for one in migration.operations if isinstance(one, migrations.CreateModel)
    }
    for operation in migration.operations:
        table = str(getattr(operation, "model_name", "")).lower()
        if isinstance(operation, AddIndex | RemoveIndex):
            if migration.atomic:
                yield f"{operation.describe()}: set atomic = False"
        elif table not in {*created, *WRITTEN_BY_BUILDS} and _needs_index(operation):
            yield f"{operation.describe()}: use recognizer.db.index_operations"


def _needs_index(operation: Operation) -> bool:
    if isinstance(operation, migrations.AddIndex | migrations.RemoveIndex):
        return True
    if isinstance(operation, migrations.AddConstraint | migrations.AlterUniqueTogether):
        return True
    if isinstance(operation, migrations.AlterField) and operation.field.is_relation:
        return False  # its index exists
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        return operation.field.unique or bool(getattr(operation.field, "db_index", False))
    return False


def _migration(*operations: Operation, atomic: bool = True) -> migrations.Migration:
    migration = migrations.Migration("0099_test", "recognizer")
    vars(migration).update(operations=list(operations), atomic=atomic)
    return migration


def test_no_migration_blocks_writes() -> None:
    loader = MigrationLoader(None)
    own = [one for (app, _), one in loader.disk_migrations.items() if app == "recognizer"]
    assert len(own) >= int(LAST_BEFORE_THE_RULE)
    new = [one for one in own if one.name[:4] > LAST_BEFORE_THE_RULE]
    indexed = [one for one in own if any(isinstance(op, AddIndex) for op in one.operations)]
    assert indexed
    assert {one.name: list(find_blocking(one)) for one in {*new, *indexed}} == {
        one.name: [] for one in {*new, *indexed}
    }


@pytest.mark.parametrize(
    "operation",
    [
        UNSAFE,
        migrations.RemoveIndex("drawing", "drawing_newest"),
        migrations.AddConstraint(
            "drawing", models.CheckConstraint(condition=Q(claim__lt=11), name="known_claim")
        ),
        migrations.AddField("drawing", "more", models.IntegerField(null=True, db_index=True)),
        migrations.AddField("drawing", "more", models.ForeignKey(Drawing, models.CASCADE)),
        migrations.AlterField("drawing", "ref", models.UUIDField(unique=True)),
        SAFE,
    ],
)
def test_finds_operations_that_block_writes(operation: Operation) -> None:
    assert list(find_blocking(_migration(operation)))


def test_accepts_operations_that_do_not_block() -> None:
    new_table = migrations.CreateModel("drawing", [("claim", models.IntegerField())])
    assert not list(find_blocking(_migration(SAFE, atomic=False)))
    assert not list(find_blocking(_migration(new_table, UNSAFE)))
    nullable = migrations.AddField("drawing", "more", models.IntegerField(null=True))
    assert not list(find_blocking(_migration(nullable)))

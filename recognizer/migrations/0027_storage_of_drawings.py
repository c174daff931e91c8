"""Fewer index entries and less log for each drawing.

PostgreSQL writes a drawing three times: without a lease, with one, and with its prediction. With the
ink outside of the row, only 200 bytes are written again. Free space in each page lets the second
write do without index entries. This affects new rows and pages only.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from recognizer.db.index_operations import RemoveForeignKeyIndex
from recognizer.db.short_locks import execute_with_short_locks

STATEMENTS = [
    # An exclusive lock, but only for the time of an update of the catalog.
    ("recognizer_drawing",
     "ALTER TABLE recognizer_drawing ALTER ink SET STORAGE EXTERNAL",
     "ALTER TABLE recognizer_drawing ALTER ink SET STORAGE EXTENDED"),
    ("recognizer_drawing",
     "ALTER TABLE recognizer_drawing SET (toast_tuple_target = 128, fillfactor = 60,"
     " autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
     "ALTER TABLE recognizer_drawing RESET (toast_tuple_target, fillfactor,"
     " autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"),
    ("recognizer_feed",
     "ALTER TABLE recognizer_feed SET (fillfactor = 50)",
     "ALTER TABLE recognizer_feed RESET (fillfactor)"),
]


def set_storage(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, statement, _ in STATEMENTS:
            execute_with_short_locks(schema_editor, statement, table=table)


def reset_storage(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, _, statement in STATEMENTS:
            execute_with_short_locks(schema_editor, statement, table=table)


class Migration(migrations.Migration):
    atomic = False  # indexes are deleted concurrently on PostgreSQL

    dependencies = [
        ("recognizer", "0026_erased_snapshot_drawings"),
    ]

    operations = [
        migrations.RunPython(set_storage, reset_storage),
        RemoveForeignKeyIndex(
            "drawing",
            "owner",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="drawings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        RemoveForeignKeyIndex(
            "prediction",
            "drawing",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="predictions",
                to="recognizer.drawing",
            ),
        ),
    ]

"""One row for a line of all consecutive snapshots that contain it, instead of one for each.

A site that made a set of 100,000 drawings each week stored five million rows a year, most of them
equal. The rows are rewritten in one transaction. Only builds and exports of training sets wait for
it: no other table is locked. Afterwards the old rows are free space in the table.
"""

import recognizer.models.snapshot
from django.db import migrations, models
from django.db.models import Case, F, Value, When

MAX_NUMBER = 2**31 - 1

NUMBER_SNAPSHOTS = """
UPDATE recognizer_snapshot SET number = numbered.number FROM (
  SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM recognizer_snapshot
) numbered WHERE numbered.id = recognizer_snapshot.id
"""
MERGE_LINES = f"""
WITH own AS (
  SELECT id, number, row_number() OVER (ORDER BY number) AS place,
    lead(number) OVER (ORDER BY number) IS NULL AS is_newest
  FROM recognizer_snapshot WHERE NOT is_imported
), line AS (
  SELECT item.id, item.drawing_id, item.label, item.event_id, item.split, item.user_pseudonym,
    own.number, own.is_newest, own.place - row_number() OVER (
      PARTITION BY item.drawing_id, item.label, item.event_id, item.split, item.user_pseudonym
      ORDER BY own.place
    ) AS gaps
  FROM recognizer_snapshotitem item JOIN own ON own.id = item.snapshot_id
), merged AS (
  SELECT min(id) AS id, min(number) AS first_number,
    max(CASE WHEN is_newest THEN {MAX_NUMBER} ELSE number END) AS last_number,
    drawing_id
  FROM line GROUP BY drawing_id, label, event_id, split, user_pseudonym, gaps
)
UPDATE recognizer_snapshotitem SET series = 0, first_number = merged.first_number,
  last_number = merged.last_number, sort_key = copy.drawing_id
FROM merged JOIN recognizer_snapshotdrawing copy ON copy.id = merged.drawing_id
WHERE merged.id = recognizer_snapshotitem.id
"""
NUMBER_IMPORTED_LINES = f"""
UPDATE recognizer_snapshotitem SET series = line.number, first_number = line.number,
  last_number = {MAX_NUMBER}, sort_key = line.sort_key
FROM (
  SELECT item.id, snapshot.number, {{sort_key}} AS sort_key
  FROM (
    SELECT id, snapshot_id, row_number() OVER (PARTITION BY snapshot_id ORDER BY id) AS place
    FROM recognizer_snapshotitem
  ) item JOIN recognizer_snapshot snapshot ON snapshot.id = item.snapshot_id
  WHERE snapshot.is_imported
) line WHERE line.id = recognizer_snapshotitem.id
"""
SORT_KEYS = {
    "sqlite": "printf('%%032x', item.place)",
    "postgresql": "lpad(to_hex(item.place), 32, '0')::uuid",
}
DELETE_OTHER_LINES = "DELETE FROM recognizer_snapshotitem WHERE series IS NULL"

REPEAT_LINES = """
INSERT INTO recognizer_snapshotitem
  (snapshot_id, drawing_id, label, event_id, split, user_pseudonym)
SELECT snapshot.id, item.drawing_id, item.label, item.event_id, item.split, item.user_pseudonym
FROM recognizer_snapshotitem item JOIN recognizer_snapshot snapshot
  ON snapshot.number BETWEEN item.first_number AND item.last_number
    AND item.series = CASE WHEN snapshot.is_imported THEN snapshot.number ELSE 0 END
ORDER BY snapshot.number, item.sort_key
"""
DELETE_MERGED_LINES = "DELETE FROM recognizer_snapshotitem WHERE series IS NOT NULL"


def check_references(cursor, vendor):
    """PostgreSQL changes no table of which it still has to check references."""
    if vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def merge_lines(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(NUMBER_SNAPSHOTS)
        cursor.execute(MERGE_LINES)
        cursor.execute(NUMBER_IMPORTED_LINES.format(sort_key=SORT_KEYS[vendor]), [])
        cursor.execute(DELETE_OTHER_LINES)
        check_references(cursor, vendor)


def repeat_lines(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(REPEAT_LINES)
        cursor.execute(DELETE_MERGED_LINES)
        check_references(cursor, schema_editor.connection.vendor)


COLUMNS = {
    "series": (models.PositiveIntegerField, {}),
    "first_number": (models.PositiveIntegerField, {}),
    "last_number": (models.PositiveIntegerField, {"default": MAX_NUMBER}),
    "sort_key": (models.UUIDField, {}),
}
OLD_COLUMN = {"to": "recognizer.snapshot", "on_delete": models.CASCADE, "related_name": "items"}


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0027_storage_of_drawings")]

    operations = [
        migrations.AddField("snapshot", "number", models.PositiveIntegerField(null=True)),
        *(
            migrations.AddField("snapshotitem", name, kind(null=True))
            for name, (kind, _) in COLUMNS.items()
        ),
        migrations.RemoveConstraint("snapshotitem", "one_line_per_drawing"),
        migrations.AlterField(
            "snapshotitem", "snapshot", models.ForeignKey(null=True, **OLD_COLUMN)
        ),
        migrations.RunPython(merge_lines, repeat_lines),
        migrations.RemoveField("snapshotitem", "snapshot"),
        migrations.AlterField(
            "snapshot",
            "number",
            models.PositiveIntegerField(
                default=recognizer.models.snapshot.next_number, editable=False, unique=True
            ),
        ),
        *(
            migrations.AlterField("snapshotitem", name, kind(**options))
            for name, (kind, options) in COLUMNS.items()
        ),
        migrations.AddField(
            "snapshot",
            "series",
            models.GeneratedField(
                db_persist=True,
                expression=Case(When(is_imported=True, then=F("number")), default=Value(0)),
                output_field=models.PositiveIntegerField(),
            ),
        ),
        migrations.AddConstraint(
            "snapshotitem",
            models.UniqueConstraint(
                fields=["series", "sort_key", "first_number", "last_number"],
                name="one_line_per_drawing_and_set",
            ),
        ),
        migrations.AddIndex(
            "snapshotitem", models.Index(fields=["first_number"], name="snapshot_item_first")
        ),
        migrations.AddIndex(
            "snapshotitem", models.Index(fields=["last_number"], name="snapshot_item_last")
        ),
    ]

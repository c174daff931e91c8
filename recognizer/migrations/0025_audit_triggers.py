"""The database refuses changes of audit events, also of code that does not use the model.

What the site itself needs stays possible: a deleted account disappears from its events (actor,
target and address become null), and events older than a day may expire.
"""

from django.db import migrations, models
from django.utils import timezone

COLUMNS = ("id", "created_at", "action", "object", "details")
NULLABLE = ("actor_id", "target_id", "address")

SQLITE_CHANGED = " OR ".join(
    [f"NEW.{name} IS NOT OLD.{name}" for name in COLUMNS]
    + [f"(NEW.{name} IS NOT NULL AND NEW.{name} IS NOT OLD.{name})" for name in NULLABLE]
)
POSTGRES_CHANGED = " OR ".join(
    [f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in COLUMNS]
    + [f"(NEW.{name} IS NOT NULL AND NEW.{name} IS DISTINCT FROM OLD.{name})" for name in NULLABLE]
)
MESSAGE = "audit events are append-only"

SQLITE = [
    f"""CREATE TRIGGER audit_event_update BEFORE UPDATE ON recognizer_auditevent
        WHEN {SQLITE_CHANGED} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"""CREATE TRIGGER audit_event_delete BEFORE DELETE ON recognizer_auditevent
        WHEN OLD.created_at > datetime('now', '-1 day')
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
]
POSTGRES = [
    f"""CREATE FUNCTION recognizer_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER audit_event_update BEFORE UPDATE ON recognizer_auditevent FOR EACH ROW
        WHEN ({POSTGRES_CHANGED.replace("NEW.details", "NEW.details::text").replace("OLD.details", "OLD.details::text")})
        EXECUTE FUNCTION recognizer_refuse_audit_change()""",
    """CREATE TRIGGER audit_event_delete BEFORE DELETE ON recognizer_auditevent FOR EACH ROW
        WHEN (OLD.created_at > now() - interval '1 day')
        EXECUTE FUNCTION recognizer_refuse_audit_change()""",
]
SQLITE_REVERSE = ["DROP TRIGGER audit_event_update", "DROP TRIGGER audit_event_delete"]
POSTGRES_REVERSE = [
    "DROP TRIGGER audit_event_update ON recognizer_auditevent",
    "DROP TRIGGER audit_event_delete ON recognizer_auditevent",
    "DROP FUNCTION recognizer_refuse_audit_change()",
]


def create_triggers(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRES:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE_REVERSE if is_sqlite else POSTGRES_REVERSE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0024_webhook")]
    operations = [
        migrations.AlterField("auditevent", "created_at", models.DateTimeField(default=timezone.now)),
        migrations.RunPython(create_triggers, drop_triggers),
    ]

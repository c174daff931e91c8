from django.db import migrations, models
from django.db.models import Q

from recognizer.db.index_operations import AddIndex


class Migration(migrations.Migration):
    atomic = False  # the index is created concurrently on PostgreSQL

    dependencies = [
        ("recognizer", "0025_audit_triggers"),
    ]

    operations = [
        AddIndex(
            "snapshotdrawing",
            models.Index(
                fields=["erased_at"],
                name="snapshot_drawing_erased",
                condition=Q(erased_at__isnull=False),
            ),
        ),
    ]

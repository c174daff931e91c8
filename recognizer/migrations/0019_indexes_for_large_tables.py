from django.db import migrations, models
from django.db.models import F, Q

from recognizer.db.index_operations import AddIndex, RemoveIndex


class Migration(migrations.Migration):
    atomic = False  # indexes are created concurrently on PostgreSQL

    dependencies = [
        ("recognizer", "0018_interrupted_suspensions"),
    ]

    operations = [
        AddIndex(
            "drawing",
            models.Index(fields=["owner", "-created_at", "-id"], name="drawing_by_owner"),
        ),
        AddIndex("drawing", models.Index(fields=["-created_at", "-id"], name="drawing_newest")),
        RemoveIndex("drawing", "drawing_history"),
        AddIndex("label", models.Index(fields=["drawing", "author"], name="label_drawing_author")),
        AddIndex(
            "label",
            models.Index(
                fields=["created_at", "author"],
                name="label_recent_reviewers",
                condition=Q(item__isnull=False),
            ),
        ),
        AddIndex(
            "groundtruth", models.Index(fields=["-decided_at"], name="ground_truth_decided")
        ),
        AddIndex(
            "groundtruth",
            models.Index(
                fields=["-decided_at"],
                name="ground_truth_unconfirmed",
                condition=Q(num_agreeing__lt=F("num_required")),
            ),
        ),
        AddIndex(
            "groundtruth",
            models.Index(
                fields=["-decided_at"], name="ground_truth_check", condition=Q(is_check=True)
            ),
        ),
    ]

"""One vocabulary: models, fields, constraints and stored codes under the names of the glossary."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = {"verdict": "review", "aside": "set_aside"}
RESULTS = {"no_evidence": "insufficient_evidence"}
BASES = {"verdict": "review"}
TRIGGERS = {"truths": "new_labels"}
REHEARSALS = {"synthesised": "synthetic"}
FAILURES = {
    "bad_base": "base_model_unusable",
    "bad_sample": "invalid_drawing",
    "checkpoint_altered": "checkpoint_corrupt",
    "checkpoint_of_another_run": "checkpoint_mismatch",
    "nothing_to_learn": "no_training_data",
    "one_digit_only": "single_class",
    "same_model": "duplicate_model",
    "not_stored": "storage_failed",
    "error": "internal_error",
}
VALUES = [
    ("Label", "kind", KINDS),
    ("GroundTruth", "basis", BASES),
    ("Evaluation", "gate_result", RESULTS),
    ("TrainingRun", "trigger", TRIGGERS),
    ("TrainingRun", "rehearsal", REHEARSALS),
    ("TrainingRun", "error", FAILURES),
]
COUNTS = {"people": "users"}
EVENTS = {"rate": "lr", "at": "epoch_progress"}
PROGRESS = {"share": "fraction", "left_s": "remaining_s", "at": "epoch_progress"}
KEYS = [("Snapshot", "counts", COUNTS), ("RunEvent", "body", EVENTS), ("TrainingRun", "progress", PROGRESS)]


def rename_values(apps: Any, schema_editor: Any) -> None:
    for model, field, renames in VALUES:
        _rename_values(apps, model, field, renames)
    for model, field, renames in KEYS:
        _rename_keys(apps, model, field, renames)


def restore_values(apps: Any, schema_editor: Any) -> None:
    for model, field, renames in VALUES:
        _rename_values(apps, model, field, {new: old for old, new in renames.items()})
    for model, field, renames in KEYS:
        _rename_keys(apps, model, field, {new: old for old, new in renames.items()})


def _rename_values(apps: Any, model: str, field: str, renames: dict[str, str]) -> None:
    rows = apps.get_model("recognizer", model).objects
    for old, new in renames.items():
        rows.filter(**{field: old}).update(**{field: new})


def _rename_keys(apps: Any, model: str, field: str, renames: dict[str, str]) -> None:
    """Rename top-level keys of a JSON column, row by row."""
    manager = apps.get_model("recognizer", model).objects
    for row in manager.only("pk", field).iterator(chunk_size=500):
        stored = getattr(row, field)
        if renames.keys() & stored.keys():
            renamed = {renames.get(key, key): value for key, value in stored.items()}
            manager.filter(pk=row.pk).update(**{field: renamed})


CHOICES = {
    "kind": [
        ("claim", "Claim"),
        ("review", "Review"),
        ("gold", "Gold"),
        ("set_aside", "Set Aside"),
        ("undo", "Undo"),
    ],
    "gate_result": [
        ("passed", "Passed"),
        ("refused", "Refused"),
        ("insufficient_evidence", "insufficient evidence"),
    ],
    "basis": [("review", "Review"), ("agreement", "Agreement")],
    "trigger": [
        ("page", "Page"),
        ("api", "Api"),
        ("command", "Command"),
        ("schedule", "Schedule"),
        ("new_labels", "New Labels"),
        ("drift", "Drift"),
    ],
    "rehearsal": [("all", "All"), ("mnist", "Mnist"), ("synthetic", "Synthetic")],
}


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0005_schedule")]

    operations = [
        migrations.RemoveConstraint("prediction", "one_answer_of_a_model_to_a_revision"),
        migrations.RemoveConstraint("sample", "one_sample_of_a_revision"),
        migrations.RemoveConstraint("snapshotitem", "a_sample_once_in_a_set"),
        migrations.RenameModel("Truth", "GroundTruth"),
        migrations.RenameModel("ReviewCard", "ReviewItem"),
        migrations.RenameModel("Gold", "GoldDrawing"),
        migrations.RenameModel("Record", "AnnotatorStats"),
        migrations.RenameModel("Sample", "SnapshotDrawing"),
        migrations.RenameModel("Proposal", "RetrainingProposal"),
        migrations.RenameField("prediction", "verdict", "decision"),
        migrations.RenameField("label", "before", "previous_ground_truth"),
        migrations.RenameField("label", "shown", "shown_prediction"),
        migrations.RenameField("groundtruth", "is_aside", "is_set_aside"),
        migrations.RenameField("annotatorstats", "claims_right", "claims_correct"),
        migrations.RenameField("annotatorstats", "claims_wrong", "claims_incorrect"),
        migrations.RenameField("annotatorstats", "reviews_right", "reviews_correct"),
        migrations.RenameField("annotatorstats", "reviews_wrong", "reviews_incorrect"),
        migrations.RenameField("evaluation", "outcome", "gate_result"),
        migrations.RenameField("user", "teaches", "may_teach"),
        migrations.RenameField("user", "teaches_decided_at", "may_teach_decided_at"),
        migrations.RenameField("feed", "forgotten", "erased_up_to"),
        migrations.RenameField("snapshotitem", "sample", "drawing"),
        migrations.RenameField("snapshotitem", "person", "user_pseudonym"),
        migrations.RenameField("retrainingproposal", "figures", "metrics"),
        migrations.RenameField("retrainingproposal", "settled_at", "resolved_at"),
        migrations.RenameIndex(
            "drawing", old_name="drawing_bin", new_name="drawing_trash"
        ),
        migrations.RenameIndex(
            "groundtruth", old_name="truth_value", new_name="ground_truth_value"
        ),
        migrations.RenameIndex(
            "reviewitem", old_name="card_priority", new_name="review_item_priority"
        ),
        migrations.AddConstraint(
            "prediction",
            models.UniqueConstraint(
                fields=("drawing", "revision", "model"),
                name="one_prediction_per_revision_and_model",
            ),
        ),
        migrations.AddConstraint(
            "snapshotdrawing",
            models.UniqueConstraint(
                fields=("drawing_id", "revision"), name="one_snapshot_drawing_per_revision"
            ),
        ),
        migrations.AddConstraint(
            "snapshotitem",
            models.UniqueConstraint(fields=("snapshot", "drawing"), name="one_line_per_drawing"),
        ),
        migrations.AlterField(
            "label", "kind", models.CharField(choices=CHOICES["kind"], default="claim", max_length=16)
        ),
        migrations.AlterField(
            "evaluation",
            "gate_result",
            models.CharField(choices=CHOICES["gate_result"], max_length=24),
        ),
        migrations.AlterField(
            "groundtruth",
            "basis",
            models.CharField(blank=True, choices=CHOICES["basis"], max_length=10),
        ),
        migrations.AlterField(
            "trainingrun", "trigger", models.CharField(choices=CHOICES["trigger"], max_length=10)
        ),
        migrations.AlterField(
            "trainingrun",
            "rehearsal",
            models.CharField(choices=CHOICES["rehearsal"], default="all", max_length=12),
        ),
        migrations.AlterField(
            "groundtruth",
            "drawing",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="ground_truth",
                serialize=False,
                to="recognizer.drawing",
            ),
        ),
        migrations.AlterField(
            "reviewitem",
            "drawing",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="review_item",
                serialize=False,
                to="recognizer.drawing",
            ),
        ),
        migrations.AlterField(
            "golddrawing",
            "drawing",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="gold_drawing",
                serialize=False,
                to="recognizer.drawing",
            ),
        ),
        migrations.AlterField(
            "annotatorstats",
            "user",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="annotator_stats",
                serialize=False,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "snapshotdrawing",
            "owner",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="snapshot_drawings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(rename_values, restore_values),
    ]

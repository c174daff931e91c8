"""A schedule to switch on: train once a week, on Sunday night."""

from typing import Any

from django.db import migrations

NAME = "Train on what is new"


def make_schedule(apps: Any, schema_editor: Any) -> None:
    crontab, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="0", hour="3", day_of_week="0", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name=NAME,
        defaults={
            "task": "digitsite.scheduled_run",
            "queue": "training",
            "crontab": crontab,
            "enabled": False,
            "description": "Makes a training set of what is agreed, and starts a run if it is new.",
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("recognizer", "0004_learning"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(make_schedule, migrations.RunPython.noop)]

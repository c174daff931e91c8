"""The schedule of automatic training runs. Of Celery's scheduler only this task can be started from
a page."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django_celery_beat.models import ClockedSchedule, PeriodicTask, SolarSchedule

from recognizer.protocol import SCHEDULED_RUN_TASK, TRAINING_QUEUE

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelAdmin, ModelForm = admin.ModelAdmin, forms.ModelForm

for model in (PeriodicTask, ClockedSchedule, SolarSchedule):
    admin.site.unregister(model)


class ScheduleForm(ModelForm):
    class Meta:
        model = PeriodicTask
        fields = ("name", "enabled", "crontab", "interval", "description")
        help_texts = {
            "name": "A name for this schedule.",
            "crontab": "Times at which to train. Choose either these or an interval.",
            "interval": "Time between two runs.",
        }

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if bool(data.get("crontab")) == bool(data.get("interval")):
            raise forms.ValidationError("Choose either times or an interval.")
        return data


@admin.register(PeriodicTask)
class ScheduleAdmin(ModelAdmin):
    form = ScheduleForm
    list_display = ("name", "enabled", "scheduler", "last_run_at")
    readonly_fields = ("last_run_at",)
    list_select_related = ("crontab", "interval")

    def save_model(self, request: Any, obj: PeriodicTask, form: Any, change: bool) -> None:
        obj.task, obj.queue = SCHEDULED_RUN_TASK, TRAINING_QUEUE
        super().save_model(request, obj, form, change)

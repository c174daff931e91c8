"""The shapes of training runs, for the schema only; `recognizer.training.serializers` builds
them."""

from typing import Any

from rest_framework import serializers

from recognizer.models import GateResult, Rehearsal, RunStatus, Trigger
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_requests import ARCHITECTURES


class ProgressSerializer(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(["preparing", "training", "judging"])
    fraction = serializers.FloatField(required=False, min_value=0, max_value=1)
    remaining_s = serializers.FloatField(required=False, help_text="Seconds until it is trained.")
    loss = serializers.FloatField(required=False)
    epoch_progress = serializers.FloatField(
        required=False, help_text="Epochs done, with the part of one."
    )


class TrainingRunSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(RunStatus.choices)
    error = serializers.CharField(allow_null=True, help_text=f"One of {', '.join(RUN_ERRORS)}.")
    detail = serializers.CharField(help_text="Why it failed, in words.")
    architecture = serializers.ChoiceField(ARCHITECTURES)
    base = serializers.CharField(allow_null=True, help_text="name@sha12; null: from scratch")
    snapshot = serializers.UUIDField(allow_null=True)
    rehearsal = serializers.ChoiceField(Rehearsal.choices)
    epochs = serializers.IntegerField()
    seed = serializers.IntegerField()
    shadow = serializers.BooleanField()
    trigger = serializers.ChoiceField(Trigger.choices)
    by = serializers.CharField(allow_null=True)
    epoch = serializers.IntegerField(help_text="How many are done.")
    progress = ProgressSerializer(allow_null=True)
    is_stopping = serializers.BooleanField(help_text="Somebody asked it to stop.")
    model = serializers.CharField(allow_null=True, help_text="What came of it.")
    gate_result = serializers.ChoiceField(
        GateResult.choices, allow_null=True, help_text="What the comparison with the champion said."
    )
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class TrainingRunEventSerializer(serializers.Serializer[Any]):
    """`log` has `text`; `step` has `epoch_progress` and `loss`; `epoch` has all else."""

    type = serializers.ChoiceField(["epoch", "step", "log"])
    cursor = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    text = serializers.CharField(required=False)
    epoch_progress = serializers.FloatField(required=False)
    loss = serializers.FloatField(required=False)
    epoch = serializers.IntegerField(required=False)
    accuracy = serializers.FloatField(required=False)
    by_digit = serializers.ListField(child=serializers.FloatField(allow_null=True), required=False)
    validation = serializers.DictField(child=serializers.FloatField(), required=False)
    lr = serializers.FloatField(required=False)
    wall_s = serializers.FloatField(required=False)


class TrainingRunDetailSerializer(TrainingRunSerializer):
    events = TrainingRunEventSerializer(many=True, help_text="Oldest first.")


class TrainingRunListSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    results = TrainingRunSerializer(many=True)

"""The shapes of answers, for the schema only: the JSON itself is built in `recognizer.protocol`.
A test holds real answers against these."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from recognizer.api.serializer_fields import InkField, LabelField
from recognizer.models import Decision, LabelSource, Status
from recognizer.protocol import RECOGNITION_FAILURES


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs; docs/protocol.md lists them.")
    detail = serializers.CharField(help_text="A sentence for people.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not what is_valid found
        required=False, help_text="What is wrong, field by field."
    )


PROBLEM_RESPONSES = {("4XX", "application/problem+json"): ProblemSerializer}
"""What every call may answer."""

DRAWING_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")


class PredictionSerializer(serializers.Serializer[Any]):
    digit = serializers.IntegerField(
        allow_null=True, min_value=0, max_value=9, help_text="The best guess."
    )
    decision = serializers.ChoiceField(Decision.choices)
    confidence = serializers.FloatField(
        min_value=0, max_value=1, help_text="The calibrated probability of the decision."
    )
    probabilities = serializers.ListField(
        child=serializers.FloatField(), min_length=10, max_length=10
    )
    model = serializers.CharField(help_text="name@sha12, as in models/{id}/")
    latency_ms = serializers.FloatField(help_text="The worker's own time.")


class PastPredictionSerializer(PredictionSerializer):
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class PastLabelSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    label = LabelField(allow_null=True)  # type: ignore[assignment]  # a field, not its title
    source = serializers.ChoiceField(LabelSource.choices)  # type: ignore[assignment]  # a field


class DrawingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    ref = serializers.UUIDField()
    revision = serializers.IntegerField()
    status = serializers.ChoiceField(Status.choices)
    error = serializers.ChoiceField(
        sorted(RECOGNITION_FAILURES), required=False, help_text="Only when the status is failed."
    )
    prediction = PredictionSerializer(
        allow_null=True, help_text="Null until the newest revision has its answer."
    )
    claim = LabelField(allow_null=True, help_text="What you say it is.")
    ground_truth = LabelField(allow_null=True, help_text="What is agreed that it is.")
    created_at = serializers.DateTimeField()
    strokes = InkField(allow_null=True, help_text="Null for a picture.")
    pointer = serializers.CharField(help_text="mouse, touch, pen or empty")


class DrawingDetailSerializer(DrawingSerializer):
    """A drawing with everything that happened to it."""

    predictions = PastPredictionSerializer(many=True)
    labels = PastLabelSerializer(many=True)


class DrawingListSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    results = DrawingSerializer(many=True)


class AcceptedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField(help_text="queued")


class DigitStatisticsSerializer(serializers.Serializer[Any]):
    labelled = serializers.IntegerField()
    incorrect = serializers.IntegerField()
    predicted_as = serializers.DictField(child=serializers.IntegerField())


class StatisticsSerializer(serializers.Serializer[Any]):
    drawings = serializers.IntegerField()
    answered = serializers.IntegerField()
    unsure = serializers.IntegerField()
    labelled = serializers.IntegerField()
    correct = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True)
    predictions = serializers.DictField(child=serializers.IntegerField())
    by_label = serializers.DictField(child=DigitStatisticsSerializer())


class AccountSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    email = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    may_teach = serializers.BooleanField()
    may_teach_decided_at = serializers.DateTimeField(allow_null=True)
    joined_at = serializers.DateTimeField()
    metrics = StatisticsSerializer()

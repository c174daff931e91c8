"""The shapes of answers about networks, for the schema only."""

from typing import Any

from rest_framework import serializers

from recognizer.models import GateResult, PromotionKind


class PromotionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(PromotionKind.choices)
    by = serializers.CharField(allow_null=True, help_text="Shown to admins.")
    reason = serializers.CharField()
    evaluation = serializers.IntegerField(allow_null=True, help_text="The verdict it rests on.")
    created_at = serializers.DateTimeField()


class WorkerStatusSerializer(serializers.Serializer[Any]):
    """Workers alive in the last seconds."""

    workers = serializers.IntegerField(help_text="All of them.")
    serving = serializers.IntegerField(help_text="Those whose answers come from this model.")
    ready = serializers.IntegerField(help_text="Those that have it loaded.")
    failing = serializers.IntegerField(help_text="Those that should serve it and cannot load it.")


class EvaluationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    challenger = serializers.CharField()
    champion = serializers.CharField()
    run = serializers.UUIDField(allow_null=True)
    gate_result = serializers.ChoiceField(GateResult.choices)
    decided_by = serializers.CharField(help_text="The rule that decided, in words.")
    report = serializers.DictField(help_text="docs/learning.md says what is in it.")
    created_at = serializers.DateTimeField()


class ModelVersionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="name@sha12, as answers name it")
    name = serializers.CharField()
    sha256 = serializers.CharField()
    architecture = serializers.CharField()
    champion = serializers.BooleanField(help_text="Its answers are the ones people see.")
    shadow = serializers.BooleanField(help_text="It answers too, and nobody is shown that.")
    created_at = serializers.DateTimeField()
    workers = WorkerStatusSerializer()
    metrics = serializers.DictField()
    card = serializers.DictField()


class ModelVersionDetailSerializer(ModelVersionSerializer):
    promotions = PromotionSerializer(many=True, help_text="Newest first.")
    evaluations = EvaluationSerializer(many=True, help_text="Newest first.")

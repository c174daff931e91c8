"""The shapes of answers about training sets, for the schema only."""

from typing import Any

from rest_framework import serializers

from recognizer.api.serializer_fields import LabelField


class UserCountsSerializer(serializers.Serializer[Any]):
    training = serializers.IntegerField()
    holdout = serializers.IntegerField()


def _counts_by_label_field(help_text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(), help_text=help_text)


class SnapshotSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    sha256 = serializers.CharField(help_text="Of the manifest, one line a drawing.")
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_null=True)
    is_imported = serializers.BooleanField()
    drawings = serializers.IntegerField()
    training = _counts_by_label_field("Drawings that teach, by label: 0 to 9, not_a_digit.")
    holdout = _counts_by_label_field("Drawings that only judge.")
    users = UserCountsSerializer()
    created_at = serializers.DateTimeField()


class SnapshotDetailSerializer(SnapshotSerializer):
    erased = serializers.IntegerField(help_text="Drawings erased since; their lines stay.")
    withdrawn = serializers.IntegerField(help_text="Drawings whose owners said no since.")
    models = serializers.ListField(
        child=serializers.CharField(), help_text="Networks that learnt from it."
    )


class RelabelledDrawingSerializer(serializers.Serializer[Any]):
    drawings = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of the language, and no name of an attribute."""
        return {"from": LabelField(), "to": LabelField(), **super().get_fields()}


class SnapshotDiffSerializer(serializers.Serializer[Any]):
    added = _counts_by_label_field("Drawings that only the other one has.")
    removed = _counts_by_label_field("Drawings that only this one has.")
    relabelled = RelabelledDrawingSerializer(many=True)
    redrawn = serializers.IntegerField(help_text="In both, at another revision.")
    in_both = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {"from": serializers.UUIDField(), "to": serializers.UUIDField()}
        return {**ends, **super().get_fields()}


class ImportErrorSerializer(serializers.Serializer[Any]):
    at = serializers.CharField(help_text="Where in the file: line 3, train image 7.")
    reason = serializers.CharField()


class ImportReportSerializer(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    format = serializers.ChoiceField(["idx", "csv", "jsonl"])
    drawings = serializers.IntegerField()
    training = _counts_by_label_field("Drawings that would teach, by label.")
    holdout = _counts_by_label_field("Drawings that would only judge.")
    users = UserCountsSerializer()
    refused = serializers.IntegerField()
    refusals = ImportErrorSerializer(many=True, help_text="The first twenty.")
    snapshot = SnapshotSerializer(allow_null=True, help_text="Null after a dry run.")

"""The shapes of answers about training sets, for the schema only."""

from typing import Any

from rest_framework import serializers

from recognizer.api.fields import LabelField


class PeopleAnswer(serializers.Serializer[Any]):
    training = serializers.IntegerField()
    holdout = serializers.IntegerField()


def _by_label(help_text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(), help_text=help_text)


class SnapshotAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    sha256 = serializers.CharField(help_text="Of the manifest, one line a drawing.")
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_null=True)
    is_imported = serializers.BooleanField()
    drawings = serializers.IntegerField()
    training = _by_label("Drawings that teach, by label: 0 to 9, not_a_digit.")
    holdout = _by_label("Drawings that only judge.")
    users = PeopleAnswer()
    created_at = serializers.DateTimeField()


class OneSnapshotAnswer(SnapshotAnswer):
    erased = serializers.IntegerField(help_text="Drawings erased since; their lines stay.")
    withdrawn = serializers.IntegerField(help_text="Drawings whose owners said no since.")
    models = serializers.ListField(
        child=serializers.CharField(), help_text="Networks that learnt from it."
    )


class RelabelledAnswer(serializers.Serializer[Any]):
    drawings = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of the language, and no name of an attribute."""
        return {"from": LabelField(), "to": LabelField(), **super().get_fields()}


class DiffAnswer(serializers.Serializer[Any]):
    added = _by_label("Drawings that only the other one has.")
    removed = _by_label("Drawings that only this one has.")
    relabelled = RelabelledAnswer(many=True)
    redrawn = serializers.IntegerField(help_text="In both, at another revision.")
    in_both = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {"from": serializers.UUIDField(), "to": serializers.UUIDField()}
        return {**ends, **super().get_fields()}


class RefusalAnswer(serializers.Serializer[Any]):
    at = serializers.CharField(help_text="Where in the file: line 3, train image 7.")
    reason = serializers.CharField()


class ImportAnswer(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    format = serializers.ChoiceField(["idx", "csv", "jsonl"])
    drawings = serializers.IntegerField()
    training = _by_label("Drawings that would teach, by label.")
    holdout = _by_label("Drawings that would only judge.")
    users = PeopleAnswer()
    refused = serializers.IntegerField()
    refusals = RefusalAnswer(many=True, help_text="The first twenty.")
    snapshot = SnapshotAnswer(allow_null=True, help_text="Null after a dry run.")

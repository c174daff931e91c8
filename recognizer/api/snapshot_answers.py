"""The shapes of answers about training sets, for the schema only."""

from typing import Any

from rest_framework import serializers


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
    people = PeopleAnswer()
    created_at = serializers.DateTimeField()


class OneSnapshotAnswer(SnapshotAnswer):
    erased = serializers.IntegerField(help_text="Drawings erased since; their lines stay.")
    withdrawn = serializers.IntegerField(help_text="Drawings whose owners said no since.")
    models = serializers.ListField(
        child=serializers.CharField(), help_text="Networks that learnt from it."
    )

"""The two forms around training sets."""

from django import forms

from recognizer.snapshots.build import MAX_NOTE_LENGTH

NOTE_HELP_TEXT = "So that you know it again, “before the holidays” for one."


class CreateSnapshotForm(forms.Form):
    note = forms.CharField(
        label="Note", required=False, max_length=MAX_NOTE_LENGTH, help_text=NOTE_HELP_TEXT
    )


class ImportSnapshotForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="A zip with IDX files, a zip with PNG pictures and labels.csv, or JSON lines; "
        "8 MiB at most here.",
    )
    note = forms.CharField(label="Note", required=False, max_length=MAX_NOTE_LENGTH)

"""Forms of the training set pages."""

from django import forms

from recognizer.snapshots.build import MAX_NOTE_LENGTH


class CreateSnapshotForm(forms.Form):
    note = forms.CharField(
        label="Name (optional)",
        required=False,
        max_length=MAX_NOTE_LENGTH,
        help_text="For example “before the holidays”.",
    )


class ImportSnapshotForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="A zip file with IDX files, a zip file with PNG images and labels.csv, or JSON "
        "Lines. At most 8 MiB.",
    )
    note = forms.CharField(label="Name (optional)", required=False, max_length=MAX_NOTE_LENGTH)

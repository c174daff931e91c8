"""The form that starts a run."""

from __future__ import annotations

from typing import Any

from django import forms

from recognizer.models import ModelVersion, Rehearsal, Snapshot, TrainingRun, Trigger, User
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.build import trainable_ground_truths
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    MAX_EPOCHS,
    MAX_SEED,
    request_run,
)
from recognizer.training.schedule import load_last_rehearsal
from recognizer.views.training.run_summary import REHEARSAL_TEXTS

MAX_SNAPSHOT_CHOICES = 50
"""So many networks and training sets are offered."""

Choices = list[tuple[str, Any]]


class StartRunForm(forms.Form):
    """Its `start` says either which network is trained further, or what kind is made anew."""

    start = forms.ChoiceField(
        label="Start from",
        help_text="Training further keeps what a network knows and adds what people drew. "
        "From scratch takes longer and forgets nothing wrong.",
    )
    snapshot = forms.ChoiceField(
        label="Training set",
        required=False,
        help_text="Drawings whose digit is agreed, of people who said they may teach.",
    )
    epochs = forms.IntegerField(
        label="Rounds",
        required=False,
        min_value=1,
        max_value=MAX_EPOCHS,
        help_text="How often it goes through everything. "
        f"Left empty: {DEFAULT_EPOCHS['fine_tune']} to train further, "
        f"{DEFAULT_EPOCHS['scratch']} from scratch.",
    )
    rehearsal = forms.ChoiceField(
        label="Rehearse",
        choices=list(REHEARSAL_TEXTS.items()),
        help_text="What it sees again beside the drawings, so that it forgets nothing. "
        "Where the first two cannot be downloaded, the computer draws digits.",
    )
    seed = forms.IntegerField(
        label="Seed",
        initial=1,
        min_value=0,
        max_value=MAX_SEED,
        help_text="The same wishes with the same seed make the same network.",
    )
    wants_shadow = forms.BooleanField(
        label="Let it answer in the shadow",
        required=False,
        help_text="It reads the same drawings as the present one, and nobody is shown its answers.",
    )
    proposal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._models = {
            str(one.pk): one for one in ModelVersion.objects.all()[:MAX_SNAPSHOT_CHOICES]
        }
        self._snapshots = {
            str(one.pk): one for one in Snapshot.objects.all()[:MAX_SNAPSHOT_CHOICES]
        }
        serving = load_champion()
        for name, choices in (
            ("start", self._starts(serving)),
            ("snapshot", self._sets()),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
            field.choices = choices
        self.fields["start"].initial = f"model:{serving.pk}" if serving else "new:inknet"
        self.fields["rehearsal"].initial = load_last_rehearsal()

    def request(self, by: User) -> TrainingRun:
        """Raises CannotRequest."""
        data = self.cleaned_data
        kind, _, name = data["start"].partition(":")
        base = self._models[name] if kind == "model" else None
        return request_run(
            by=by,
            trigger=Trigger.PAGE,
            architecture=base.architecture if base else name,
            base=base,
            snapshot=self._snapshots.get(data["snapshot"]),
            rehearsal=Rehearsal(data["rehearsal"]),
            epochs=data["epochs"] or DEFAULT_EPOCHS["fine_tune" if base else "scratch"],
            seed=data["seed"],
            wants_shadow=data["wants_shadow"],
            proposal_id=data["proposal"],
        )

    def _starts(self, serving: ModelVersion | None) -> Choices:
        further = [
            (f"model:{one.pk}", f"{one.ref}{' (answers now)' if one == serving else ''}")
            for one in self._models.values()
            if one.architecture in ARCHITECTURES
        ]
        anew = [(f"new:{name}", f"a new {name}") for name in ARCHITECTURES]
        return [("Train further", further), ("From scratch", anew)]

    def _sets(self) -> Choices:
        count = trainable_ground_truths().count()
        new = ("", f"Make a new one now ({count} drawing{'' if count == 1 else 's'})")
        return [new, *((id, _format_snapshot(one)) for id, one in self._snapshots.items())]


def _format_snapshot(snapshot: Snapshot) -> str:
    count = sum(snapshot.counts["training"])
    made = f"{snapshot.created_at:%-d %B %Y, %H:%M}"
    return f"{made}: {count} drawing{'' if count == 1 else 's'} ({snapshot.ref})"

"""The form that starts a training run."""

from __future__ import annotations

from typing import Any

from django import forms

from recognizer.models import ModelVersion, Rehearsal, Snapshot, TrainingRun, Trigger, User
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.next_snapshot_counts import count_next_snapshot
from recognizer.training.automatic_run_requests import load_last_rehearsal
from recognizer.training.readiness import Readiness, build_readiness
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    MAX_EPOCHS,
    MAX_SEED,
    request_run,
)
from recognizer.views.model_display_names import (
    architecture_title,
    list_numbered_models,
    model_name,
)
from recognizer.views.training.run_summary import REHEARSAL_TEXTS
from recognizer.views.training.snapshot_summary import format_split_counts, snapshot_title

MAX_CHOICES = 50  # of models, and of training sets

Choices = list[tuple[str, Any]]


class StartRunForm(forms.Form):
    """Settings of a run. `start` is `model:ID` to fine-tune it, or `new:ARCHITECTURE`."""

    start = forms.ChoiceField(
        label="Start from",
        help_text="Fine-tuning continues from a trained model and is faster. Training from scratch "
        "takes longer and does not inherit errors.",
    )
    snapshot = forms.ChoiceField(
        label="Training set",
        required=False,
        help_text="Reviewed drawings of users who agreed to the use of their drawings.",
    )
    epochs = forms.IntegerField(
        label="Epochs",
        required=False,
        min_value=1,
        max_value=MAX_EPOCHS,
        help_text="Passes over the data. "
        f"Default: {DEFAULT_EPOCHS['fine_tune']} for fine-tuning, "
        f"{DEFAULT_EPOCHS['scratch']} from scratch.",
    )
    rehearsal = forms.ChoiceField(
        label="Rehearsal data",
        choices=list(REHEARSAL_TEXTS.items()),
        help_text="Original training data mixed in to prevent forgetting. "
        "Synthetic digits are used if the data cannot be downloaded.",
    )
    seed = forms.IntegerField(
        label="Seed",
        initial=1,
        min_value=0,
        max_value=MAX_SEED,
        help_text="Same settings and seed give the same model.",
    )
    wants_shadow = forms.BooleanField(
        label="Shadow mode",
        required=False,
        help_text="The new model also predicts every drawing; its predictions are recorded but not "
        "shown.",
    )
    proposal = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._models = {str(model.pk): model for model in list_numbered_models()[:MAX_CHOICES]}
        self._snapshots = {
            str(snapshot.pk): snapshot for snapshot in Snapshot.objects.all()[:MAX_CHOICES]
        }
        self.next_counts = count_next_snapshot()
        serving = load_champion()
        for name, choices in (
            ("start", self._start_choices(serving)),
            ("snapshot", self._snapshot_choices()),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
            field.choices = choices
        self.fields["start"].initial = f"model:{serving.pk}" if serving else "new:inknet"
        self.fields["rehearsal"].initial = load_last_rehearsal()

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self["start"], self["snapshot"]]

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        return [self["epochs"], self["rehearsal"], self["seed"], self["wants_shadow"]]

    @property
    def is_advanced_open(self) -> bool:
        return any(field.errors for field in self.advanced_fields)

    @property
    def readiness(self) -> Readiness:
        """The readiness of the training set that is selected, or else of a new one."""
        snapshot = self._snapshots.get(str(self["snapshot"].value() or ""))
        return build_readiness(snapshot, self.next_counts)

    def request(self, by: User) -> TrainingRun:
        """Create the run. Raises CannotRequest."""
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

    def _start_choices(self, serving: ModelVersion | None) -> Choices:
        fine_tune = [
            (f"model:{model.pk}", model_name(model) + (" (champion)" if model == serving else ""))
            for model in self._models.values()
            if model.architecture in ARCHITECTURES
        ]
        scratch = [(f"new:{name}", f"New {architecture_title(name)}") for name in ARCHITECTURES]
        return [("Fine-tune", fine_tune), ("From scratch", scratch)]

    def _snapshot_choices(self) -> Choices:
        new = ("", f"New training set ({format_split_counts(self.next_counts)})")
        known = [(pk, _format_snapshot(snapshot)) for pk, snapshot in self._snapshots.items()]
        return [new, *known]


def _format_snapshot(snapshot: Snapshot) -> str:
    return f"{snapshot_title(snapshot)} ({format_split_counts(snapshot.counts)})"

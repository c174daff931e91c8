"""Drawings of a user in the training data of a model. Explanations show them to their owner only,
and no other drawings of this site.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from recognizer.explanations.explanation_inputs import ExplanationSubject
from recognizer.models import Drawing, ModelVersion, SnapshotItem, Split, TrainingRun
from recognizer.snapshots.training_samples import usable_items

MAX_EXAMPLES = 200
"""The newest ones of all snapshots, each of which contains most of the one before it."""


@dataclass(frozen=True, slots=True)
class UserTrainingExample:
    """A training example: its label, and its ink as JSON or its raster if it is a picture."""

    label: int
    ink: str
    raster: bytes | None


def list_user_training_examples(
    subject: ExplanationSubject, model: ModelVersion
) -> list[UserTrainingExample]:
    """Return the drawings of the subject's owner that trained the model or one of its bases.

    Only drawings that may still be used are returned. Returns none for an example, which has no
    owner.
    """
    if subject.kind != "drawing":
        return []
    owner = Drawing.objects.filter(pk=subject.id).values("owner_id")
    snapshots = [run.snapshot for run in _list_ancestor_runs(model) if run.snapshot]
    items = usable_items(*snapshots).filter(
        split=Split.TRAINING, drawing__owner__in=owner, series=0
    )
    newest = items.values("drawing").annotate(newest=Max("pk")).values("newest")
    rows = SnapshotItem.objects.filter(pk__in=newest).order_by("-pk")
    return [
        UserTrainingExample(label, ink, bytes(raster) if raster else None)
        for label, ink, raster in rows.values_list("label", "drawing__ink", "drawing__raster")[
            :MAX_EXAMPLES
        ]
    ]


def _list_ancestor_runs(model: ModelVersion | None) -> list[TrainingRun]:
    """Return the runs that trained a model and its bases, newest first."""
    runs: list[TrainingRun] = []
    while model is not None:
        run = TrainingRun.objects.filter(model=model).select_related("snapshot", "base").first()
        if run is None or run in runs:
            break
        runs.append(run)
        model = run.base
    return runs

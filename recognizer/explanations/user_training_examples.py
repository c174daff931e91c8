"""Which of a person's own drawings a network learnt from: the only drawings of this site that the
page that explains shows, and to nobody but them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from recognizer.models import Drawing, ModelVersion, SnapshotItem, Split, TrainingRun
from recognizer.snapshots.queries import usable_items

MAX_EXAMPLES = 200
"""The newest of all that the training sets hold; each holds most of the one before it again."""


@dataclass(frozen=True, slots=True)
class UserTrainingExample:
    """A drawing as it taught: its label, and ink as JSON or the picture that the network saw."""

    label: int
    ink: str
    raster: bytes | None


def list_user_training_examples(subject: str, model: ModelVersion) -> list[UserTrainingExample]:
    """Of who drew the subject: what taught the model, or one that it was fine-tuned from; while
    they agree to it. None of an example."""
    kind, _, rest = subject.partition(":")
    if kind != "drawing":
        return []
    owner = Drawing.objects.filter(pk=rest.partition(":")[0]).values("owner_id")
    snapshots = [run.snapshot for run in _list_ancestor_runs(model) if run.snapshot]
    items = usable_items(*snapshots).filter(
        split=Split.TRAINING, drawing__owner__in=owner, snapshot__is_imported=False
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
    """The runs behind a model, the newest first; the shipped ones have none."""
    runs: list[TrainingRun] = []
    while model is not None:
        run = TrainingRun.objects.filter(model=model).select_related("snapshot", "base").first()
        if run is None or run in runs:
            break
        runs.append(run)
        model = run.base
    return runs

"""Users, drawings with ground truth, and models, for tests of snapshots."""

import json
from typing import Any

from django.utils import timezone

from recognizer.models import Drawing, GroundTruth, Label, ModelVersion, Snapshot, TrainingRun, User
from tests.api.factories import make_model_version, make_recognized_drawing

DIGITS = [[[[0, 0], [0, 10 + n], [n, 20]], [[-3, 4], [n, n + 1]]] for n in range(11)]
"""A different ink for each label."""


def make_teaching_user(name: str, **fields: Any) -> User:
    """Return a user who allows training."""
    return User.objects.create_user(name, password=None, **{"may_teach": True, **fields})


def make_labelled_drawing(
    owner: User, value: int = 3, *, is_set_aside: bool = False, **fields: Any
) -> Drawing:
    """Return a recognized drawing with ground truth from a review."""
    drawing = make_recognized_drawing(owner, **{"ink": json.dumps(DIGITS[value]), **fields})
    set_ground_truth(drawing, value, is_set_aside=is_set_aside)
    return drawing


def set_ground_truth(drawing: Drawing, value: int | None, *, is_set_aside: bool = False) -> None:
    """Set the ground truth of the drawing at its revision."""
    label = Label.objects.create(
        drawing=drawing, kind="review", revision=drawing.revision, value=value, source="page"
    )
    GroundTruth.objects.update_or_create(
        drawing=drawing,
        defaults={
            "revision": drawing.revision,
            "value": value,
            "basis": "review",
            "label": label,
            "is_set_aside": is_set_aside,
            "decided_at": timezone.now(),
        },
    )


def make_model_trained_on(
    snapshot: Snapshot | None, *, sha256: str, base: ModelVersion | None = None
) -> ModelVersion:
    """Return a model of a run on this snapshot."""
    version = make_model_version(name="trained", sha256=sha256)
    TrainingRun.objects.create(
        architecture="inknet",
        snapshot=snapshot,
        base=base,
        epochs=1,
        trigger="page",
        status="succeeded",
        model=version,
    )
    return version

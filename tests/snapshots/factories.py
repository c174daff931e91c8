"""Rows that training sets are made of: people who teach, drawings with their truth."""

import json
from typing import Any

from django.utils import timezone

from recognizer.models import Drawing, GroundTruth, Label, ModelVersion, Snapshot, TrainingRun, User
from tests.api.factories import make_model_version, make_recognized_drawing

DIGITS = [[[[0, 0], [0, 10 + n], [n, 20]], [[-3, 4], [n, n + 1]]] for n in range(11)]
"""Ink for each label, no two alike."""


def make_teaching_user(name: str, **fields: Any) -> User:
    """Somebody whose drawings may teach."""
    return User.objects.create_user(name, password=None, **{"may_teach": True, **fields})


def make_labelled_drawing(
    owner: User, value: int = 3, *, is_set_aside: bool = False, **fields: Any
) -> Drawing:
    """A recognized drawing with a truth that a reviewer's verdict stands for."""
    drawing = make_recognized_drawing(owner, **{"ink": json.dumps(DIGITS[value]), **fields})
    set_ground_truth(drawing, value, is_set_aside=is_set_aside)
    return drawing


def set_ground_truth(drawing: Drawing, value: int | None, *, is_set_aside: bool = False) -> None:
    """The truth of this drawing at its revision, from now on."""
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
    """A version that came of a run with this snapshot."""
    version = make_model_version(name="pupil", sha256=sha256)
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

"""Reviewers, reviewable drawings and labels."""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from recognizer.accounts.roles import grant_role
from recognizer.models import (
    AnnotatorStats,
    Drawing,
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    ReviewItem,
    ReviewReason,
    User,
)
from recognizer.review.ground_truth import append_label_event
from tests.api.factories import make_recognized_drawing


def make_reviewer(name: str) -> User:
    user = User.objects.create_user(name)
    grant_role(user=user, role="reviewer")
    return user


def make_teaching_drawing(owner: User, *, split: str = "training", **fields: Any) -> Drawing:
    """Return a recognized drawing that may be used for training. Its owner gets this split."""
    User.objects.filter(pk=owner.pk).update(may_teach=True, split=split)
    fields.setdefault("probabilities", [0.98 if digit == 3 else 0.002 for digit in range(10)])
    probabilities = fields.pop("probabilities")
    drawing = make_recognized_drawing(owner, **fields)
    assert drawing.prediction
    drawing.prediction.probabilities = probabilities
    drawing.prediction.save(update_fields=["probabilities"])
    return drawing


def make_review_rows(drawing: Drawing) -> None:
    """Create one row in each review table."""
    about: dict[str, Any] = {"drawing": drawing, "revision": drawing.revision}
    GroundTruth.objects.create(**about, value=5, decided_at=timezone.now())
    GoldDrawing.objects.create(**about, value=5)
    ReviewItem.objects.create(**about, reason=ReviewReason.AUDIT, priority=1)
    AnnotatorStats.objects.create(user=drawing.owner, claims_correct=1)


def append_label(
    drawing: Drawing,
    author: User,
    value: int | None,
    *,
    kind: LabelKind = LabelKind.REVIEW,
    is_blind: bool = True,
    **more: Any,
) -> Label:
    """Append a label event. A review belongs to a review item unless `is_blind` is false."""
    if is_blind and kind in (LabelKind.REVIEW, LabelKind.GOLD):
        more = {"item": uuid4(), "blind": True, **more}
    with transaction.atomic():
        return append_label_event(
            Drawing.objects.get(pk=drawing.pk),
            Label(author=author, kind=kind, value=value, source="page", **more),
        )


def append_stroke(drawing: Drawing) -> None:
    """Store a new revision that is not recognized yet."""
    Drawing.objects.filter(pk=drawing.pk).update(
        revision=drawing.revision + 1, claim=None, prediction=None, status="queued"
    )


def stored_ground_truth(drawing: Drawing) -> tuple[int | None, str] | None:
    """Return the stored value and basis, or None if there is no row."""
    ground_truth = GroundTruth.objects.filter(drawing=drawing).first()
    return (ground_truth.value, ground_truth.basis) if ground_truth else None

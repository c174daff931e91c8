"""Gold drawings: drawings with a certain label, hidden in the queue to measure reviewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from recognizer.accounts.admin_email import email_admins
from recognizer.base_errors import DomainError
from recognizer.mail.links import site_link
from recognizer.models import AnnotatorStats, Drawing, GoldDrawing, GroundTruth, Label, LabelKind
from recognizer.review.consensus import Vote
from recognizer.review.reviewers.annotator_accuracy import compute_weights, find_blind_labels

MIN_GOLD_REVIEWERS = 3
"""A drawing becomes gold when this many reviewers with an established accuracy agree."""
MIN_ESTABLISHED_REVIEWS, MIN_ESTABLISHED_ACCURACY = 20, 0.9
"""Number of compared labels, and the accuracy, that make a reviewer established."""
DISSENT_EMAIL = """\
A reviewer contradicts these gold drawings:

{drawings}

Until you decide, they check no reviewer. Use them again, or delete them, here:
{address}
"""


@dataclass(frozen=True, slots=True)
class GoldChanges:
    """New gold drawings, and those to suspend with the value that contradicts them."""

    created: list[GoldDrawing] = field(default_factory=list)
    suspended: list[tuple[GoldDrawing, int]] = field(default_factory=list)


class CannotMakeGold(DomainError):
    """The drawing has no ground truth at its newest revision."""


def create_gold_drawing(drawing: Drawing) -> GoldDrawing:
    """Make a drawing gold on the decision of an admin. Raises CannotMakeGold."""
    ground_truth = GroundTruth.objects.filter(drawing=drawing, revision=drawing.revision).first()
    if ground_truth is None or ground_truth.value is None or ground_truth.is_set_aside:
        raise CannotMakeGold("This drawing has no ground truth yet. Review it first.")
    gold = GoldDrawing(drawing=drawing, revision=drawing.revision, value=ground_truth.value)
    _upsert_gold([gold])
    return gold


def find_gold_change(
    drawing: Drawing,
    events: Sequence[Label],
    votes: Sequence[Vote],
    *,
    gold: GoldDrawing | None,
    stats: Mapping[int, AnnotatorStats],
    changes: GoldChanges,
) -> None:
    """Add to `changes` whether the labels make a drawing gold, or suspend its gold drawing.

    Only blind labels of established reviewers make gold, and only if the prediction or the claim
    supports them: new accounts that agree with each other can fabricate none. A dissent suspends
    gold and informs the admins; one reviewer can delete none.
    """
    reviews = {vote.user_id: vote.value for vote in votes if vote.is_review}
    if gold is not None and gold.revision == drawing.revision:
        dissent = next((value for value in reviews.values() if value != gold.value), None)
        if dissent is not None and gold.suspended_at is None:
            changes.suspended.append((gold, dissent))
        return
    if len(reviews) < MIN_GOLD_REVIEWERS or len(set(reviews.values())) != 1:
        return
    value = next(iter(reviews.values()))
    prediction = drawing.prediction
    is_supported = value == drawing.claim or (
        prediction is not None and value == prediction.predicted_label
    )
    blind = {
        user_id
        for user_id, label in find_blind_labels(events).items()
        if label.kind == LabelKind.REVIEW and label.value == value and label.blind
    }
    established = [id for id in blind & set(reviews) if _is_established(stats.get(id))]
    if is_supported and len(established) >= MIN_GOLD_REVIEWERS:
        changes.created.append(GoldDrawing(drawing=drawing, revision=drawing.revision, value=value))


def save_gold_changes(changes: GoldChanges) -> None:
    """Store new and suspended gold drawings. One e-mail informs the admins of all dissents."""
    _upsert_gold(changes.created)
    if not changes.suspended:
        return
    ids = [gold.pk for gold, _ in changes.suspended]
    GoldDrawing.objects.filter(pk__in=ids).update(suspended_at=timezone.now())
    lines = [
        f"{gold.pk} labelled as {dissent}; its label is {gold.value}"
        for gold, dissent in changes.suspended
    ]
    text = DISSENT_EMAIL.format(
        drawings="\n".join(lines), address=site_link("/admin/recognizer/golddrawing/")
    )
    email_admins("Digitsite: a reviewer contradicts a gold drawing", text)


def resume_gold_drawing(gold: GoldDrawing) -> None:
    """Use a suspended gold drawing again, on the decision of an admin."""
    GoldDrawing.objects.filter(pk=gold.pk).update(suspended_at=None)


def _is_established(stats: AnnotatorStats | None) -> bool:
    return (
        stats is not None
        and stats.reviews >= MIN_ESTABLISHED_REVIEWS
        and compute_weights(stats).review >= MIN_ESTABLISHED_ACCURACY
    )


def _upsert_gold(golds: Sequence[GoldDrawing]) -> None:
    GoldDrawing.objects.bulk_create(
        golds,
        update_conflicts=True,
        unique_fields=["drawing"],
        update_fields=["revision", "value", "suspended_at"],
    )

"""Gold drawings: drawings with a certain label, hidden in the queue to measure reviewers."""

from collections.abc import Sequence

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
A reviewer labelled the gold drawing {drawing} as {value}; its label is {gold}. Until you decide,
the drawing checks no reviewer. Use it again, or delete it, here:
{address}
"""


class CannotMakeGold(DomainError):
    """The drawing has no ground truth at its newest revision."""


def create_gold_drawing(drawing: Drawing) -> GoldDrawing:
    """Make a drawing gold on the decision of an admin. Raises CannotMakeGold."""
    ground_truth = GroundTruth.objects.filter(drawing=drawing, revision=drawing.revision).first()
    if ground_truth is None or ground_truth.value is None or ground_truth.is_set_aside:
        raise CannotMakeGold("This drawing has no ground truth yet. Review it first.")
    return _upsert_gold(drawing, ground_truth.value)


def update_gold_drawing(
    drawing: Drawing, events: Sequence[Label], votes: Sequence[Vote], *, gold: GoldDrawing | None
) -> None:
    """Create or suspend the gold drawing after the labels have changed.

    Only blind labels of established reviewers make gold, and only if the prediction or the claim
    supports them: new accounts that agree with each other can fabricate none. A dissent suspends
    gold and informs the admins; one reviewer can delete none.
    """
    reviews = {vote.user_id: vote.value for vote in votes if vote.is_review}
    if gold is not None and gold.revision == drawing.revision:
        dissent = next((value for value in reviews.values() if value != gold.value), None)
        if dissent is not None and gold.suspended_at is None:
            _suspend_gold(gold, dissent)
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
    if is_supported and len(_filter_established(blind & set(reviews))) >= MIN_GOLD_REVIEWERS:
        _upsert_gold(drawing, value)


def resume_gold_drawing(gold: GoldDrawing) -> None:
    """Use a suspended gold drawing again, on the decision of an admin."""
    GoldDrawing.objects.filter(pk=gold.pk).update(suspended_at=None)


def _filter_established(user_ids: set[int]) -> set[int]:
    return {
        stats.user_id
        for stats in AnnotatorStats.objects.filter(user_id__in=user_ids)
        if stats.reviews >= MIN_ESTABLISHED_REVIEWS
        and compute_weights(stats).review >= MIN_ESTABLISHED_ACCURACY
    }


def _suspend_gold(gold: GoldDrawing, dissent: int) -> None:
    GoldDrawing.objects.filter(pk=gold.pk).update(suspended_at=timezone.now())
    text = DISSENT_EMAIL.format(
        drawing=gold.pk,
        value=dissent,
        gold=gold.value,
        address=site_link("/admin/recognizer/golddrawing/"),
    )
    email_admins("Digitsite: a reviewer contradicts a gold drawing", text)


def _upsert_gold(drawing: Drawing, value: int) -> GoldDrawing:
    gold, _ = GoldDrawing.objects.update_or_create(
        drawing=drawing,
        defaults={"revision": drawing.revision, "value": value, "suspended_at": None},
    )
    return gold

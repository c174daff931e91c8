"""Gold drawings: drawings with a certain label, hidden in the queue to measure reviewers."""

from collections.abc import Sequence

from recognizer.base_errors import DomainError
from recognizer.models import Drawing, GoldDrawing, GroundTruth
from recognizer.review.consensus import Vote

MIN_GOLD_REVIEWERS = 3
"""A drawing becomes gold when this many reviewers agree and none disagrees."""


class CannotMakeGold(DomainError):
    """The drawing has no ground truth at its newest revision."""


def create_gold_drawing(drawing: Drawing) -> GoldDrawing:
    """Make a drawing gold on the decision of an admin. Raises CannotMakeGold."""
    ground_truth = GroundTruth.objects.filter(drawing=drawing, revision=drawing.revision).first()
    if ground_truth is None or ground_truth.value is None or ground_truth.is_set_aside:
        raise CannotMakeGold("This drawing has no ground truth yet. Review it first.")
    return _upsert_gold(drawing, ground_truth.value)


def update_gold_drawing(
    drawing: Drawing, votes: Sequence[Vote], *, gold: GoldDrawing | None
) -> None:
    """Create or delete the gold drawing after the votes have changed."""
    reviews = [vote.value for vote in votes if vote.is_review]
    if len(reviews) >= MIN_GOLD_REVIEWERS and len(set(reviews)) == 1:
        if gold is None or (gold.revision, gold.value) != (drawing.revision, reviews[0]):
            _upsert_gold(drawing, reviews[0])
    elif gold is not None and any(value != gold.value for value in reviews):
        gold.delete()


def _upsert_gold(drawing: Drawing, value: int) -> GoldDrawing:
    gold, _ = GoldDrawing.objects.update_or_create(
        drawing=drawing, defaults={"revision": drawing.revision, "value": value}
    )
    return gold

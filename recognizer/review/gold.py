"""Drawings whose answer is beyond doubt, shown among others to see how well reviewers judge."""

from collections.abc import Sequence

from recognizer.models import Drawing, GoldDrawing, GroundTruth
from recognizer.review.consensus import Vote

MIN_GOLD_REVIEWERS = 3
"""So many reviewers who all say the same put a drawing beyond doubt."""


class CannotMakeGold(Exception):
    """There is no truth of this drawing at its newest revision."""


def create_gold_drawing(drawing: Drawing) -> GoldDrawing:
    """An admin is sure of it. Raises CannotMakeGold."""
    ground_truth = GroundTruth.objects.filter(drawing=drawing, revision=drawing.revision).first()
    if ground_truth is None or ground_truth.value is None or ground_truth.is_set_aside:
        raise CannotMakeGold("There is no truth of this drawing yet.")
    return _upsert_gold(drawing, ground_truth.value)


def update_gold_drawing(
    drawing: Drawing, voices: Sequence[Vote], *, gold: GoldDrawing | None
) -> None:
    """After a change of what people say: beyond doubt when enough reviewers agree and none
    dissents, and not any more when what counts is something else."""
    verdicts = [voice.value for voice in voices if voice.is_review]
    if len(verdicts) >= MIN_GOLD_REVIEWERS and len(set(verdicts)) == 1:
        if gold is None or (gold.revision, gold.value) != (drawing.revision, verdicts[0]):
            _upsert_gold(drawing, verdicts[0])
    elif gold is not None and any(value != gold.value for value in verdicts):
        gold.delete()


def _upsert_gold(drawing: Drawing, value: int) -> GoldDrawing:
    gold, _ = GoldDrawing.objects.update_or_create(
        drawing=drawing, defaults={"revision": drawing.revision, "value": value}
    )
    return gold

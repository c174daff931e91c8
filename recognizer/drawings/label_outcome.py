"""What became of a claim: whether somebody looked, what counts now, which networks learnt it."""

from dataclasses import dataclass
from enum import StrEnum

from recognizer import protocol
from recognizer.models import Drawing, GroundTruth, ModelVersion, Split


class OutcomeStatus(StrEnum):
    """WAITING for somebody to look; ALONE: they have not agreed to teach, so nobody looks;
    CONFIRMED, OVERRULED, or DECIDED without a claim; ASIDE: it teaches nothing."""

    WAITING = "waiting"
    ALONE = "alone"
    CONFIRMED = "confirmed"
    OVERRULED = "overruled"
    DECIDED = "decided"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """`ground_truth` is on the scale of labels, or None; `models` are those trained on
    training sets with this drawing in the training split."""

    status: OutcomeStatus
    ground_truth: int | None
    models: list[ModelVersion]


def get_label_outcome(drawing: Drawing) -> LabelOutcome | None:
    """None while nobody has said anything. Reads `drawing.ground_truth` and `drawing.owner`."""
    status = get_outcome_status(drawing, may_teach=drawing.owner.may_teach)
    if status is None:
        return None
    return LabelOutcome(status, protocol.current_ground_truth(drawing), _models_trained_on(drawing))


def get_outcome_status(drawing: Drawing, *, may_teach: bool) -> OutcomeStatus | None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is not None and ground_truth.revision == drawing.revision:
        if ground_truth.is_set_aside:
            return OutcomeStatus.ASIDE
        if ground_truth.value is not None and drawing.claim is None:
            return OutcomeStatus.DECIDED
        if ground_truth.value is not None:
            return (
                OutcomeStatus.CONFIRMED
                if ground_truth.value == drawing.claim
                else OutcomeStatus.OVERRULED
            )
    if drawing.claim is None:
        return None
    return OutcomeStatus.WAITING if may_teach else OutcomeStatus.ALONE


def _models_trained_on(drawing: Drawing) -> list[ModelVersion]:
    items = {
        "run__snapshot__items__drawing__drawing_id": drawing.pk,
        "run__snapshot__items__drawing__revision": drawing.revision,
        "run__snapshot__items__split": Split.TRAINING,
    }
    models = ModelVersion.objects.filter(**items).defer("card").order_by("created_at", "id")
    return list(models.distinct())

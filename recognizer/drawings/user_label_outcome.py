"""The outcome of a claim: its review, the ground truth, and the models trained with it."""

from dataclasses import dataclass
from enum import StrEnum

from recognizer import protocol
from recognizer.models import Drawing, GroundTruth, ModelVersion, Snapshot, SnapshotItem, Split


class OutcomeStatus(StrEnum):
    """State of the review of a drawing. NOT_TEACHING: not reviewed, because the owner does not
    allow training. DECIDED: there is a ground truth, but no claim."""

    WAITING = "waiting"
    NOT_TEACHING = "not_teaching"
    CONFIRMED = "confirmed"
    OVERRULED = "overruled"
    DECIDED = "decided"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class LabelOutcome:
    """`ground_truth` is a label value or None; `models` were trained with this drawing."""

    status: OutcomeStatus
    ground_truth: int | None
    models: list[ModelVersion]


def get_label_outcome(drawing: Drawing) -> LabelOutcome | None:
    """Return None without claim and ground truth. Reads `drawing.ground_truth` and `.owner`."""
    status = get_outcome_status(drawing, may_teach=drawing.owner.may_teach)
    if status is None:
        return None
    return LabelOutcome(status, protocol.current_ground_truth(drawing), _models_trained_on(drawing))


def get_outcome_status(drawing: Drawing, *, may_teach: bool) -> OutcomeStatus | None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is not None and ground_truth.revision == drawing.revision:
        if ground_truth.is_set_aside:
            return OutcomeStatus.SET_ASIDE
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
    return OutcomeStatus.WAITING if may_teach else OutcomeStatus.NOT_TEACHING


def _models_trained_on(drawing: Drawing) -> list[ModelVersion]:
    items = SnapshotItem.objects.filter(
        drawing__drawing_id=drawing.pk, drawing__revision=drawing.revision, split=Split.TRAINING
    )
    snapshots = Snapshot.objects.containing(items)
    models = ModelVersion.objects.filter(run__snapshot__in=snapshots).defer("card")
    return list(models.order_by("created_at", "id").distinct())

"""What became of a claim: whether somebody looked, what counts now, which networks learnt it."""

from dataclasses import dataclass
from enum import StrEnum

from recognizer import contract
from recognizer.models import Drawing, GroundTruth, ModelVersion, Split


class Became(StrEnum):
    """WAITING for somebody to look; ALONE: they have not agreed to teach, so nobody looks;
    CONFIRMED, OVERRULED, or DECIDED without a claim; ASIDE: it teaches nothing."""

    WAITING = "waiting"
    ALONE = "alone"
    CONFIRMED = "confirmed"
    OVERRULED = "overruled"
    DECIDED = "decided"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Fate:
    """`ground_truth` is on the scale of labels, or None; `taught` are the models trained on
    training sets with this drawing in the training split."""

    became: Became
    ground_truth: int | None
    taught: list[ModelVersion]


def fate_of(drawing: Drawing) -> Fate | None:
    """None while nobody has said anything. Reads `drawing.ground_truth` and `drawing.owner`."""
    became = what_became_of(drawing, may_teach=drawing.owner.may_teach)
    if became is None:
        return None
    return Fate(became, contract.truth_value(drawing), _models_taught(drawing))


def what_became_of(drawing: Drawing, *, may_teach: bool) -> Became | None:
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is not None and ground_truth.revision == drawing.revision:
        if ground_truth.is_set_aside:
            return Became.ASIDE
        if ground_truth.value is not None and drawing.claim is None:
            return Became.DECIDED
        if ground_truth.value is not None:
            return Became.CONFIRMED if ground_truth.value == drawing.claim else Became.OVERRULED
    if drawing.claim is None:
        return None
    return Became.WAITING if may_teach else Became.ALONE


def _models_taught(drawing: Drawing) -> list[ModelVersion]:
    items = {
        "run__snapshot__items__drawing__drawing_id": drawing.pk,
        "run__snapshot__items__drawing__revision": drawing.revision,
        "run__snapshot__items__split": Split.TRAINING,
    }
    models = ModelVersion.objects.filter(**items).defer("card").order_by("created_at", "id")
    return list(models.distinct())

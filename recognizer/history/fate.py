"""What became of a claim: whether somebody looked, what counts now, which networks learnt it."""

from dataclasses import dataclass
from enum import StrEnum

from recognizer import contract
from recognizer.models import Drawing, ModelVersion, Split, Truth


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
    """`truth` is what counts, on the scale of labels, or None; `taught` the networks that came of
    training sets with this drawing among what teaches."""

    became: Became
    truth: int | None
    taught: list[ModelVersion]


def fate_of(drawing: Drawing) -> Fate | None:
    """None while nobody has said anything. Reads `drawing.truth` and `drawing.owner`."""
    became = what_became_of(drawing, teaches=drawing.owner.teaches)
    if became is None:
        return None
    return Fate(became, contract.truth_value(drawing), _models_taught(drawing))


def what_became_of(drawing: Drawing, *, teaches: bool) -> Became | None:
    truth: Truth | None = getattr(drawing, "truth", None)
    if truth is not None and truth.revision == drawing.revision:
        if truth.is_aside:
            return Became.ASIDE
        if truth.value is not None and drawing.claim is None:
            return Became.DECIDED
        if truth.value is not None:
            return Became.CONFIRMED if truth.value == drawing.claim else Became.OVERRULED
    if drawing.claim is None:
        return None
    return Became.WAITING if teaches else Became.ALONE


def _models_taught(drawing: Drawing) -> list[ModelVersion]:
    items = {
        "run__snapshot__items__sample__drawing_id": drawing.pk,
        "run__snapshot__items__sample__revision": drawing.revision,
        "run__snapshot__items__split": Split.TRAINING,
    }
    models = ModelVersion.objects.filter(**items).defer("card").order_by("created_at", "id")
    return list(models.distinct())

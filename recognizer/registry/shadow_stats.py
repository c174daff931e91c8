"""How a shadow's answers compare with those that people were shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from recognizer.models import NOT_A_DIGIT_LABEL, Decision, ModelVersion, Prediction

MAX_DIFFERENCES = 60


@dataclass(frozen=True, slots=True)
class ShadowStats:
    """`pairs` counts (shown, shadow's) answers that differ; `right` of the differing ones whose
    drawing somebody told us: by the shown model, by the shadow."""

    answers: int
    same: int
    pairs: list[tuple[int, int, int]]
    told: int
    shown_correct: int
    shadow_correct: int


def compute_shadow_stats(model: ModelVersion) -> ShadowStats:
    """On drawings that still are as the shadow saw them and were answered by another model."""
    beside = _paired_predictions(model)
    differing = beside.exclude(said=F("shown"))
    told = differing.exclude(ground_truth=None)
    pairs = differing.values_list("shown", "said").annotate(count=Count("pk")).order_by("-count")
    return ShadowStats(
        answers=beside.count(),
        same=beside.filter(said=F("shown")).count(),
        pairs=list(pairs[:12]),
        told=told.count(),
        shown_correct=told.filter(shown=F("ground_truth")).count(),
        shadow_correct=told.filter(said=F("ground_truth")).count(),
    )


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """A drawing on which both differ: labels 0 to 10, ink as JSON or the picture that was seen."""

    shown: int
    said: int
    ground_truth: int | None
    ink: str
    raster: bytes


def list_differences(model: ModelVersion) -> list[ShadowDifference]:
    """The newest drawings on which the shadow differs, with what people were shown; of people who
    agreed that others look at them."""
    differing = (
        _paired_predictions(model).exclude(said=F("shown")).filter(drawing__owner__may_teach=True)
    )
    rows = differing.order_by("-id").values_list(
        "shown", "said", "ground_truth", "drawing__ink", "raster"
    )
    return [
        ShadowDifference(shown, said, ground_truth, ink, bytes(raster))
        for shown, said, ground_truth, ink, raster in rows[:MAX_DIFFERENCES]
    ]


def _paired_predictions(model: ModelVersion) -> QuerySet[Any]:
    """The shadow's answers as `said`, what was shown as `shown`, what it is as `ground_truth`."""
    answers = Prediction.objects.filter(
        model=model,
        drawing__deleted_at=None,
        drawing__revision=F("revision"),
        drawing__prediction__isnull=False,
    ).exclude(drawing__prediction__model=model)
    return answers.annotate(
        said=_label_case(""),
        shown=_label_case("drawing__prediction__"),
        ground_truth=Case(
            When(
                drawing__ground_truth__revision=F("revision"),
                then=F("drawing__ground_truth__value"),
            ),
            default=F("drawing__claim"),
            output_field=IntegerField(),
        ),
    )


def _label_case(prefix: str) -> Case:
    rejected = Q(**{f"{prefix}decision": Decision.NOT_A_DIGIT})
    return Case(
        When(rejected, then=Value(NOT_A_DIGIT_LABEL)),
        default=F(f"{prefix}digit"),
        output_field=IntegerField(),
    )

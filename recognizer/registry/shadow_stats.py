"""Comparison of a shadow model's predictions with the shown ones. Labels are 0 to 10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from recognizer.models import NOT_A_DIGIT_LABEL, Decision, ModelVersion, Prediction, User
from recognizer.review.hidden_checks import hidden_from

MAX_DIFFERENCES = 60
MAX_PAIRS = 12


@dataclass(frozen=True, slots=True)
class ShadowStats:
    """Counts over the drawings that both models predicted. `disagreements` holds the most frequent
    pairs as (shown label, shadow label, count). `num_labelled` counts the disagreements with a
    known label, `shown_correct` and `shadow_correct` those on which one model is right."""

    num_predictions: int
    num_equal: int
    disagreements: list[tuple[int, int, int]]
    num_labelled: int
    shown_correct: int
    shadow_correct: int


def compute_shadow_stats(model: ModelVersion) -> ShadowStats:
    """Compare the model's predictions with the shown predictions of another model, at the current
    revisions."""
    paired = _paired_predictions(model)
    differing = paired.exclude(shadow_label=F("shown_label"))
    labelled = differing.exclude(known_label=None)
    pairs = differing.values_list("shown_label", "shadow_label").annotate(count=Count("pk"))
    return ShadowStats(
        num_predictions=paired.count(),
        num_equal=paired.filter(shadow_label=F("shown_label")).count(),
        disagreements=list(pairs.order_by("-count")[:MAX_PAIRS]),
        num_labelled=labelled.count(),
        shown_correct=labelled.filter(shown_label=F("known_label")).count(),
        shadow_correct=labelled.filter(shadow_label=F("known_label")).count(),
    )


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """A drawing on which both models disagree, with its ink as JSON, or its raster for a
    picture."""

    shown_label: int
    shadow_label: int
    known_label: int | None
    ink: str
    raster: bytes


def list_differences(model: ModelVersion, viewer: User) -> list[ShadowDifference]:
    """Return the newest disagreements, on drawings that may be shown to this reviewer."""
    differing = _paired_predictions(model).exclude(shadow_label=F("shown_label"))
    differing = differing.exclude(hidden_from(viewer, "drawing__"))
    rows = (
        differing.filter(drawing__owner__may_teach=True)
        .order_by("-id")
        .values_list("shown_label", "shadow_label", "known_label", "drawing__ink", "raster")
    )
    return [
        ShadowDifference(shown, shadow, known, ink, bytes(raster))
        for shown, shadow, known, ink, raster in rows[:MAX_DIFFERENCES]
    ]


def _paired_predictions(model: ModelVersion) -> QuerySet[Any]:
    """Return the model's predictions, annotated with `shadow_label`, `shown_label` and
    `known_label`: the ground truth, else the claim."""
    predictions = Prediction.objects.filter(
        model=model,
        drawing__deleted_at=None,
        drawing__revision=F("revision"),
        drawing__prediction__isnull=False,
    ).exclude(drawing__prediction__model=model)
    return predictions.annotate(
        shadow_label=_label_case(""),
        shown_label=_label_case("drawing__prediction__"),
        known_label=Case(
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

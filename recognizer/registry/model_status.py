"""Status of the model versions: which one serves, their latest evaluations, and the workers."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer.models import Evaluation, ModelVersion, Promotion
from recognizer.registry.promotion import (
    is_valid_pass,
    list_active_promotions,
    load_champion,
)
from recognizer.registry.worker_status import (
    ModelReadiness,
    WorkerStatus,
    count_ready,
    list_workers,
)

MAX_PROMOTIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model version with its latest evaluation as challenger."""

    version: ModelVersion
    is_champion: bool
    has_served: bool
    evaluation: Evaluation | None
    is_evaluation_current: bool  # made against the current champion
    readiness: ModelReadiness


@dataclass(frozen=True, slots=True)
class RegistryStatus:
    """All model versions, newest first, and the release history."""

    models: list[ModelStatus]
    champion: ModelStatus | None
    previous: ModelVersion | None  # the model that a rollback promotes
    failing_workers: list[WorkerStatus]  # they cannot load the champion
    promotions: list[Promotion]


@dataclass(frozen=True, slots=True)
class EvaluationStatus:
    """Actions that an evaluation allows. `is_current`: made against the current champion."""

    champion: ModelVersion | None
    previous: ModelVersion | None  # the model that a rollback promotes
    is_champion: bool  # the challenger serves now
    is_current: bool
    is_reason_required: bool


def describe_models() -> RegistryStatus:
    """Return the status of all model versions."""
    workers, promotions = list_workers(), Promotion.objects.select_related("model", "by")
    active = list_active_promotions()
    serving = active[-1].model if active else None
    evaluations = _latest_evaluations()
    served = set(Promotion.objects.values_list("model_id", flat=True))
    models = []
    for version in ModelVersion.objects.all():
        evaluation = evaluations.get(version.pk)
        models.append(
            ModelStatus(
                version=version,
                is_champion=version == serving,
                has_served=version.pk in served,
                evaluation=evaluation,
                is_evaluation_current=bool(
                    evaluation and serving and evaluation.champion_id == serving.pk
                ),
                readiness=count_ready(version, workers),
            )
        )
    return RegistryStatus(
        models=models,
        champion=next((one for one in models if one.is_champion), None),
        previous=_previous_model(active),
        failing_workers=[one for one in workers if serving and one.failed_ref == serving.ref],
        promotions=list(promotions[:MAX_PROMOTIONS_SHOWN]),
    )


def describe_evaluation(evaluation: Evaluation) -> EvaluationStatus:
    """Return the actions that admins may take on an evaluation."""
    active, serving = list_active_promotions(), load_champion()
    is_champion = serving is not None and serving.pk == evaluation.challenger_id
    is_against = serving is not None and serving.pk == evaluation.champion_id
    return EvaluationStatus(
        champion=serving,
        previous=_previous_model(active),
        is_champion=is_champion,
        is_current=is_against and not is_champion,
        is_reason_required=not is_valid_pass(evaluation),
    )


def _previous_model(active: list[Promotion]) -> ModelVersion | None:
    return active[-2].model if len(active) > 1 else None


def _latest_evaluations() -> dict[int, Evaluation]:
    rows = Evaluation.objects.defer("report").order_by("id")
    return {one.challenger_id: one for one in rows}

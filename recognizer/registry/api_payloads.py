"""JSON of model versions, promotions and evaluations."""

from typing import Annotated, Any, TypedDict

from recognizer.models import Evaluation, GateResult, ModelVersion, Promotion, PromotionKind, User
from recognizer.protocol.drawing_json_payloads import Timestamp, Uuid
from recognizer.registry.parsers.evaluation_report_parser import redact_report
from recognizer.registry.worker_status import WorkerStatus, count_ready, list_workers


class WorkerStatusPayload(TypedDict):
    """Workers that sent a heartbeat in the last seconds."""

    workers: Annotated[int, "All workers."]
    serving: Annotated[int, "Workers that predict with this model."]
    ready: Annotated[int, "Workers that have loaded this model."]
    failing: Annotated[int, "Workers that should serve this model and cannot load it."]


class ModelVersionPayload(TypedDict):
    id: Annotated[str, "name@sha12, as in the field `model` of a prediction."]
    name: str
    sha256: str
    architecture: str
    champion: Annotated[bool, "Its predictions are shown to users."]
    shadow: Annotated[bool, "It predicts too, and its predictions are not shown."]
    created_at: Timestamp
    workers: WorkerStatusPayload
    metrics: dict[str, Any]
    card: dict[str, Any]


class PromotionPayload(TypedDict):
    kind: Annotated[str, PromotionKind]
    by: Annotated[str | None, "Username; null for users who are not admins."]
    reason: str
    evaluation: Annotated[int | None, "The evaluation that allowed it."]
    created_at: Timestamp


class EvaluationPayload(TypedDict):
    id: int
    challenger: str
    champion: str
    run: Uuid | None
    gate_result: Annotated[str, GateResult]
    decided_by: Annotated[str, "The rule that decided, in words."]
    report: Annotated[dict[str, Any], "docs/promotion-gate.md describes its fields."]
    created_at: Timestamp


class ModelVersionDetailPayload(ModelVersionPayload):
    promotions: Annotated[list[PromotionPayload], "Newest first."]
    evaluations: Annotated[list[EvaluationPayload], "Newest first."]


def list_models_json() -> list[ModelVersionPayload]:
    """Return all model versions, newest first."""
    champion_id, workers = _champion_id(), list_workers()
    return [_model_json(version, champion_id, workers) for version in ModelVersion.objects.all()]


def model_detail_json(version: ModelVersion, reader: User) -> ModelVersionDetailPayload:
    """Return a version with its promotions and evaluations, newest first.

    Only admins see who promoted it.
    """
    promotions = version.promotions.select_related("by")
    evaluations = version.evaluations.select_related("challenger", "champion")
    return {
        **_model_json(version, _champion_id(), list_workers()),
        "promotions": [_promotion_json(one, reader) for one in promotions],
        "evaluations": [evaluation_json(one, reader) for one in evaluations],
    }


def evaluation_json(evaluation: Evaluation, reader: User) -> EvaluationPayload:
    return {
        "id": evaluation.pk,
        "challenger": evaluation.challenger.ref,
        "champion": evaluation.champion.ref,
        "run": str(evaluation.run_id) if evaluation.run_id else None,
        "gate_result": evaluation.gate_result,
        "decided_by": evaluation.decided_by,
        "report": redact_report(evaluation, reader),
        "created_at": evaluation.created_at.isoformat(),
    }


def _model_json(
    version: ModelVersion, champion_id: int | None, workers: list[WorkerStatus]
) -> ModelVersionPayload:
    readiness = count_ready(version, workers)
    return {
        "id": version.ref,
        "name": version.name,
        "sha256": version.sha256,
        "architecture": version.architecture,
        "champion": version.pk == champion_id,
        "shadow": version.is_shadow,
        "created_at": version.created_at.isoformat(),
        "workers": {
            "workers": readiness.workers,
            "serving": readiness.serving,
            "ready": readiness.ready,
            "failing": readiness.failing,
        },
        "metrics": version.card.get("metrics", {}),
        "card": version.card,
    }


def _promotion_json(promotion: Promotion, reader: User) -> PromotionPayload:
    return {
        "kind": promotion.kind,
        "by": promotion.by.username if promotion.by and reader.is_admin else None,
        "reason": promotion.reason,
        "evaluation": promotion.evaluation_id,
        "created_at": promotion.created_at.isoformat(),
    }


def _champion_id() -> int | None:
    newest = Promotion.objects.order_by("-id").values_list("model_id", flat=True)
    return newest.first()

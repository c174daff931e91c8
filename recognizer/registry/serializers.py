"""Models, promotions and verdicts as the interface shows them."""

from __future__ import annotations

from dataclasses import asdict

from recognizer.models import Evaluation, ModelVersion, Promotion, User
from recognizer.protocol import JSON
from recognizer.registry.worker_status import WorkerStatus, count_ready, list_workers


def list_models_json() -> list[JSON]:
    """All versions, newest first."""
    champion_id, workers = _champion_id(), list_workers()
    return [_model_json(version, champion_id, workers) for version in ModelVersion.objects.all()]


def model_detail_json(version: ModelVersion, reader: User) -> JSON:
    """With its promotions and verdicts, newest first; who promoted is told to admins."""
    promotions = version.promotions.select_related("by")
    evaluations = version.evaluations.select_related("challenger", "champion")
    return {
        **_model_json(version, _champion_id(), list_workers()),
        "promotions": [_promotion_json(one, reader) for one in promotions],
        "evaluations": [evaluation_json(one, reader) for one in evaluations],
    }


def evaluation_json(evaluation: Evaluation, reader: User) -> JSON:
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


def redact_report(evaluation: Evaluation, reader: User) -> JSON:
    """The numbers; which drawings of people changed side or were read wrong is for reviewers."""
    report: JSON = evaluation.report
    if reader.is_reviewer:
        return report
    sets = [_redact_set(one) if one.get("is_of_people") else one for one in report.get("sets", [])]
    return {**report, "sets": sets}


def _redact_set(found: JSON) -> JSON:
    both = {who: {**found.get(who, {})} for who in ("champion", "challenger")}
    for one in both.values():
        one.pop("mistakes", None)
    return {**found, **both, "changed": {"won": [], "lost": []}}


def _model_json(
    version: ModelVersion, champion_id: int | None, workers: list[WorkerStatus]
) -> JSON:
    return {
        "id": version.ref,
        "name": version.name,
        "sha256": version.sha256,
        "architecture": version.architecture,
        "champion": version.pk == champion_id,
        "shadow": version.is_shadow,
        "created_at": version.created_at.isoformat(),
        "workers": asdict(count_ready(version, workers)),
        "metrics": version.card.get("figures", {}),
        "card": version.card,
    }


def _promotion_json(promotion: Promotion, reader: User) -> JSON:
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

"""Promotions. The latest promotion names the champion.

A promotion is one inserted row that replaces the previous promotion, a compare-and-set: of two
concurrent ones, the second violates a unique constraint. One insert is atomic, so a killed process
leaves no intermediate state.
"""

from __future__ import annotations

from pathlib import Path

from django.db import IntegrityError, transaction

from recognizer.audit.events import record_event
from recognizer.base_errors import CodedError
from recognizer.models import (
    AuditAction,
    Evaluation,
    GateResult,
    ModelVersion,
    Promotion,
    PromotionKind,
    ReviewerFinding,
    User,
)
from recognizer.registry.artifact_store import register_model
from recognizer.webhooks.events import emit_promotion

PROMOTION_ERRORS = {
    "already_serving": "This model is already the champion.",
    "not_evaluated": "This model was not evaluated against the champion. Evaluate it first.",
    "reason_required": "The gate did not pass this model, or its evaluation was used before, or"
    " labels of a reviewer were set aside since. Evaluate it again, or enter a reason to promote it"
    " anyway.",
    "conflict": "The champion has changed in the meantime. Reload the page and decide again.",
    "no_previous_model": "No other model served before this one.",
}
MAX_REASON_LENGTH = 500


class CannotPromote(CodedError):
    """A promotion, rollback or evaluation was refused."""

    status = 409
    messages = PROMOTION_ERRORS


def load_latest_promotion() -> Promotion | None:
    return Promotion.objects.select_related("model").order_by("-id").first()


def load_champion() -> ModelVersion | None:
    """Return the serving model version, or None if none was promoted yet."""
    newest = load_latest_promotion()
    return newest.model if newest else None


def promote_model(
    *, model: ModelVersion, by: User | None, reason: str = "", expected_champion: str = ""
) -> Promotion:
    """Promote a challenger that passed the gate, or any evaluated model for a given reason.

    `expected_champion` is the ref of the champion that the caller saw, if known. Raises
    CannotPromote.
    """
    newest = _load_latest_checked(expected_champion)
    if newest is None:
        return append_promotion(model=model, by=by, reason=reason, kind=PromotionKind.FIRST)
    if newest.model_id == model.pk:
        raise CannotPromote("already_serving")
    evaluation = model.evaluations.filter(champion=newest.model).order_by("-id").first()
    if evaluation is None:
        raise CannotPromote("not_evaluated")
    has_passed = is_valid_pass(evaluation)
    reason = reason.strip()
    if not has_passed and not reason:
        raise CannotPromote("reason_required")
    return append_promotion(
        model=model,
        by=by,
        reason=reason or evaluation.decided_by,
        kind=PromotionKind.PROMOTION if has_passed else PromotionKind.OVERRIDE,
        evaluation=evaluation,
        replaces=newest,
    )


def is_valid_pass(evaluation: Evaluation) -> bool:
    """Return whether the evaluation justifies a promotion without a reason.

    It justifies one promotion only, and none after a reviewer was suspended: labels of that
    reviewer may have decided it. That stays true after the reviewer's account was deleted.
    """
    return (
        evaluation.gate_result == GateResult.PASSED
        and not evaluation.promotions.exists()
        and not ReviewerFinding.objects.filter(created_at__gte=evaluation.created_at)
        .exclude(outcome=ReviewerFinding.Outcome.DISMISSED)
        .exists()
    )


def roll_back(*, by: User | None, reason: str = "", expected_champion: str = "") -> Promotion:
    """Promote the model that served before the current champion. Raises CannotPromote."""
    newest = _load_latest_checked(expected_champion)
    active = list_active_promotions()
    if newest is None or len(active) < 2:
        raise CannotPromote("no_previous_model")
    return append_promotion(
        model=active[-2].model,
        by=by,
        reason=reason.strip() or f"Rollback from {newest.model}.",
        kind=PromotionKind.ROLLBACK,
        replaces=newest,
    )


def append_promotion(
    *,
    model: ModelVersion,
    by: User | None,
    reason: str,
    kind: PromotionKind,
    evaluation: Evaluation | None = None,
    replaces: Promotion | None = None,
) -> Promotion:
    """Insert the promotion that follows `replaces`. Raises CannotPromote on a conflict."""
    try:
        with transaction.atomic():
            promotion = Promotion.objects.create(
                model=model,
                by=by,
                reason=reason[:MAX_REASON_LENGTH],
                kind=kind,
                evaluation=evaluation,
                replaces=replaces,
            )
            record_event(
                AuditAction.MODEL_PROMOTED, actor=by, object=f"model {model.ref}", kind=kind
            )
            emit_promotion(promotion)
            return promotion
    except IntegrityError as error:
        raise CannotPromote("conflict") from error


def promote_default_model(folder: Path) -> ModelVersion:
    """Register and promote the bundled default model, unless a champion exists.

    Concurrent processes are serialized by a lock on the version's row.
    """
    champion = load_champion()
    if champion is not None:
        return champion
    version = register_model(folder)
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        if not Promotion.objects.exists():
            reason = "Default model of the site."
            append_promotion(model=version, by=None, reason=reason, kind=PromotionKind.FIRST)
    return load_champion() or version


def list_active_promotions() -> list[Promotion]:
    """Return the promotions that no rollback reverted, oldest first. The last one is the
    champion's."""
    active: list[Promotion] = []
    for promotion in Promotion.objects.select_related("model").order_by("id"):
        if promotion.kind == PromotionKind.ROLLBACK and len(active) > 1:
            active.pop()
        else:
            active.append(promotion)
    return active


def _load_latest_checked(expected_champion: str) -> Promotion | None:
    newest = load_latest_promotion()
    if expected_champion and (newest is None or newest.model.ref != expected_champion):
        raise CannotPromote("conflict")
    return newest

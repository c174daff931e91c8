"""Who serves: the newest appended promotion names the champion.

A promotion is one row that takes the place after the one its asker saw; of two at once the second
finds that place taken. Nothing else happens, so there is nothing between which it could be killed.
"""

from __future__ import annotations

from pathlib import Path

from django.db import IntegrityError, transaction

from recognizer.models import (
    Evaluation,
    GateResult,
    ModelVersion,
    Promotion,
    PromotionKind,
    User,
)
from recognizer.registry.artifact_store import register_model

PROMOTION_ERRORS = {
    "already_serving": "This model serves already.",
    "not_evaluated": "It was not compared with the model that serves now. Compare them first.",
    "reason_required": "The gate did not let it pass, or it served and was taken back. Say why it"
    " shall serve all the same.",
    "conflict": "Somebody else changed the champion a moment ago. Look again, then decide.",
    "no_previous_model": "Nothing served before this model.",
}
MAX_REASON_LENGTH = 500


class CannotPromote(Exception):
    """Why the champion stays, with a code of REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(PROMOTION_ERRORS[code])
        self.code = code


def load_latest_promotion() -> Promotion | None:
    return Promotion.objects.select_related("model").order_by("-id").first()


def load_champion() -> ModelVersion | None:
    """The version whose answers people see."""
    newest = load_latest_promotion()
    return newest.model if newest else None


def load_latest_evaluation(model: ModelVersion, against: ModelVersion) -> Evaluation | None:
    return model.evaluations.filter(champion=against).order_by("-id").first()


def promote_model(
    *, model: ModelVersion, by: User | None, reason: str = "", seen: str = ""
) -> Promotion:
    """Let a challenger serve that the gate let pass, or another one for a reason that is given.

    `seen` is the label of the champion that the asker saw, where it is known. Raises CannotPromote.
    """
    newest = _newest_if_expected(seen)
    if newest is None:
        return append_promotion(model=model, by=by, reason=reason, kind=PromotionKind.FIRST)
    if newest.model_id == model.pk:
        raise CannotPromote("already_serving")
    evaluation = load_latest_evaluation(model, newest.model)
    if evaluation is None:
        raise CannotPromote("not_evaluated")
    has_passed = evaluation.gate_result == GateResult.PASSED and not _is_used(evaluation)
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


def roll_back(*, by: User | None, reason: str = "", seen: str = "") -> Promotion:
    """Let the model serve again that served before this one came. Raises CannotPromote."""
    newest = _newest_if_expected(seen)
    before = _previous_model()
    if newest is None or before is None:
        raise CannotPromote("no_previous_model")
    return append_promotion(
        model=before,
        by=by,
        reason=reason.strip() or f"Back from {newest.model}.",
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
    """The row itself, by compare-and-set on the promotion it replaces. Raises CannotPromote."""
    try:
        with transaction.atomic():
            return Promotion.objects.create(
                model=model,
                by=by,
                reason=reason[:MAX_REASON_LENGTH],
                kind=kind,
                evaluation=evaluation,
                replaces=replaces,
            )
    except IntegrityError as error:
        raise CannotPromote("conflict") from error


def promote_default_model(folder: Path) -> ModelVersion:
    """Unless something serves already, register the shipped model and let it serve.

    Several processes may do this at once: the version's row is the lock.
    """
    serving = load_champion()
    if serving is not None:
        return serving
    version = register_model(folder)
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        if not Promotion.objects.exists():
            reason = "The model that comes with the site."
            append_promotion(model=version, by=None, reason=reason, kind=PromotionKind.FIRST)
    return load_champion() or version


def list_active_promotions() -> list[Promotion]:
    """The promotions that no rollback took back, the oldest first; the last one's model serves."""
    standing: list[Promotion] = []
    for promotion in Promotion.objects.select_related("model").order_by("id"):
        if promotion.kind == PromotionKind.ROLLBACK and len(standing) > 1:
            standing.pop()
        else:
            standing.append(promotion)
    return standing


def _previous_model() -> ModelVersion | None:
    standing = list_active_promotions()
    return standing[-2].model if len(standing) > 1 else None


def _is_used(evaluation: Evaluation) -> bool:
    """It let the challenger serve once, and somebody went back: that one verdict is used up."""
    return evaluation.promotions.exists()


def _newest_if_expected(seen: str) -> Promotion | None:
    newest = load_latest_promotion()
    if seen and (newest is None or newest.model.ref != seen):
        raise CannotPromote("conflict")
    return newest

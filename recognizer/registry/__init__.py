"""Versions of networks: their files, which of them serves and who said so, who has it ready."""

from recognizer.registry.artifact_store import (
    CannotFetch,
    CannotRegister,
    fetch_model,
    register_model,
)
from recognizer.registry.bundled_models import register_bundled_models
from recognizer.registry.card_updates import complete_card, find_missing_parts
from recognizer.registry.evaluations import request_evaluation
from recognizer.registry.promotion import (
    MAX_REASON_LENGTH,
    PROMOTION_ERRORS,
    CannotPromote,
    append_promotion,
    champion,
    list_active_promotions,
    newest_evaluation,
    newest_promotion,
    promote_default_model,
    promote_model,
    roll_back,
)
from recognizer.registry.serializers import (
    evaluation_json,
    list_models_json,
    model_detail_json,
    redact_report,
)
from recognizer.registry.shadow_models import count_dropped_drawings, list_shadows, set_shadow
from recognizer.registry.shadow_stats import ShadowStats, compute_shadow_stats, list_differences
from recognizer.registry.user_set_results import UserSetResult, load_user_set_results
from recognizer.registry.worker_status import (
    ModelReadiness,
    WorkerStatus,
    count_ready,
    list_workers,
)

__all__ = [
    "MAX_REASON_LENGTH",
    "PROMOTION_ERRORS",
    "CannotFetch",
    "CannotPromote",
    "CannotRegister",
    "ModelReadiness",
    "ShadowStats",
    "UserSetResult",
    "WorkerStatus",
    "append_promotion",
    "champion",
    "complete_card",
    "compute_shadow_stats",
    "count_dropped_drawings",
    "count_ready",
    "evaluation_json",
    "fetch_model",
    "find_missing_parts",
    "list_active_promotions",
    "list_differences",
    "list_models_json",
    "list_shadows",
    "list_workers",
    "load_user_set_results",
    "model_detail_json",
    "newest_evaluation",
    "newest_promotion",
    "promote_default_model",
    "promote_model",
    "redact_report",
    "register_bundled_models",
    "register_model",
    "request_evaluation",
    "roll_back",
    "set_shadow",
]

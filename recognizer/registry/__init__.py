"""Versions of networks: their files, which of them serves and who said so, who has it ready."""

from recognizer.registry.agreement import Agreement, list_differences, measure_agreement
from recognizer.registry.comparing import ask_for_comparison
from recognizer.registry.completing import complete_card, find_missing
from recognizer.registry.confusing import PeoplesSet, read_peoples_sets
from recognizer.registry.describing import (
    evaluation_json,
    list_models_json,
    one_model_json,
    read_report,
)
from recognizer.registry.files import (
    CannotFetch,
    CannotRegister,
    fetch_model,
    register_model,
)
from recognizer.registry.promoting import (
    REASON_MAX,
    REFUSALS,
    CannotPromote,
    append_promotion,
    champion,
    list_standing,
    newest_evaluation,
    newest_promotion,
    promote_first_model,
    promote_model,
    roll_back,
)
from recognizer.registry.readiness import Readiness, Worker, count_ready, list_workers
from recognizer.registry.shadowing import count_dropped, list_shadows, set_shadow
from recognizer.registry.shipped import register_releases

__all__ = [
    "REASON_MAX",
    "REFUSALS",
    "Agreement",
    "CannotFetch",
    "CannotPromote",
    "CannotRegister",
    "PeoplesSet",
    "Readiness",
    "Worker",
    "append_promotion",
    "ask_for_comparison",
    "champion",
    "complete_card",
    "count_dropped",
    "count_ready",
    "evaluation_json",
    "fetch_model",
    "find_missing",
    "list_differences",
    "list_models_json",
    "list_shadows",
    "list_standing",
    "list_workers",
    "measure_agreement",
    "newest_evaluation",
    "newest_promotion",
    "one_model_json",
    "promote_first_model",
    "promote_model",
    "read_peoples_sets",
    "read_report",
    "register_model",
    "register_releases",
    "roll_back",
    "set_shadow",
]

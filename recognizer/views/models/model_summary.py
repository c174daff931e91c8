"""Short description of a model: chips, accuracy and workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer.models import GateResult, ModelVersion, Promotion, PromotionKind
from recognizer.registry.model_status import ModelStatus, RegistryStatus
from recognizer.registry.parsers.model_card_parser import parse_model_card
from recognizer.registry.worker_status import ModelReadiness
from recognizer.views.label_and_number_formatting import format_count, format_percent
from recognizer.views.model_display_names import number_models
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    ARCHITECTURE_SUMMARIES,
)
from recognizer.views.models.challenger_evaluation_summary import GATE_RESULT_TEXTS

PROMOTION_KIND_TEXTS = {
    PromotionKind.FIRST: ("First model", ""),
    PromotionKind.PROMOTION: ("Promoted", "ok"),
    PromotionKind.OVERRIDE: ("Promoted despite the gate", "warn"),
    PromotionKind.ROLLBACK: ("Rolled back", "bad"),
}
SHORT_SET_TITLES = (("mnist", "MNIST"), ("pen", "pen digits"))


@dataclass(frozen=True)
class ModelSummary:
    """A model in the list, or at the head of its page."""

    status: ModelStatus

    @property
    def version(self) -> ModelVersion:
        return self.status.version

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Return (text, tone) of each chip."""
        status, chips = self.status, []
        if status.is_champion:
            chips.append(("Champion", "accent"))
        elif status.has_served:
            chips.append(("Former champion", ""))
        if status.evaluation and not status.is_champion:
            text, tone = GATE_RESULT_TEXTS[GateResult(status.evaluation.gate_result)]
            suffix = "" if status.is_evaluation_current else " against a former champion"
            chips.append((text + suffix, tone))
        if self.version.is_shadow and not status.is_champion:
            chips.append(("Shadow mode", ""))
        if self.version.erased_since:
            chips.append(("Trained on drawings that were erased since", "warn"))
        return chips

    @property
    def architecture_summary(self) -> str:
        return ARCHITECTURE_SUMMARIES.get(self.version.architecture, "")

    @cached_property
    def accuracy(self) -> str:
        """Return the accuracy on the main sets of the model card."""
        metrics = parse_model_card(self.version, ("metrics",)).best_metrics
        sets = metrics.sets if metrics else {}
        return ", ".join(
            f"{format_percent(sets[name].accuracy)} {title}"
            for name, title in SHORT_SET_TITLES
            if name in sets
        )

    @property
    def workers(self) -> str:
        return describe_workers(self.status.readiness)


def describe_workers(readiness: ModelReadiness) -> str:
    if not readiness.workers:
        return "No worker is running."
    if not readiness.serving:
        return "No worker serves it yet."
    verb = "serves" if readiness.serving == 1 else "serve"
    return f"{readiness.serving} of {format_count(readiness.workers, 'worker')} {verb} it."


def list_promotions(promotions: Iterable[Promotion]) -> list[dict[str, Any]]:
    """Return each promotion with (text, tone) of its kind."""
    return [
        {"promotion": one, "kind": PROMOTION_KIND_TEXTS[PromotionKind(one.kind)]}
        for one in promotions
    ]


def number_all_models(status: RegistryStatus) -> None:
    """Number all models of a page, so that their names need one query only."""
    versions = [one.version for one in status.models] + [one.model for one in status.promotions]
    number_models(versions + ([status.previous] if status.previous else []))

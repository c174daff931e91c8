"""Networks in the words of their pages: how each stands, how well it reads, who has it ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from recognizer.models import Evaluation, GateResult, ModelVersion, Promotion, PromotionKind
from recognizer.registry.promotion import load_champion
from recognizer.registry.worker_status import (
    ModelReadiness,
    WorkerStatus,
    count_ready,
    list_workers,
)
from recognizer.views.formatting import format_percent
from recognizer.views.models.descriptions import ARCHITECTURE_SUMMARIES
from recognizer.views.models.evaluation_report import GATE_RESULT_TEXTS

PROMOTION_KIND_TEXTS = {
    PromotionKind.FIRST: ("The first", ""),
    PromotionKind.PROMOTION: ("Passed the test", "ok"),
    PromotionKind.OVERRIDE: ("For a reason", "warn"),
    PromotionKind.ROLLBACK: ("Taken back", "bad"),
}
HEADLINE_SETS = (("mnist", "MNIST"), ("pen", "pen"))


@dataclass(frozen=True)
class ModelSummary:
    """A network in the list."""

    version: ModelVersion
    champion: ModelVersion | None
    verdict: Evaluation | None
    has_served: bool
    readiness: ModelReadiness

    @property
    def is_champion(self) -> bool:
        return self.champion is not None and self.champion.pk == self.version.pk

    @property
    def chips(self) -> list[tuple[str, str]]:
        chips = []
        if self.is_champion:
            chips.append(("Answers now", "accent"))
        elif self.has_served:
            chips.append(("Answered before", ""))
        if self.verdict and not self.is_champion:
            word, tone = GATE_RESULT_TEXTS[GateResult(self.verdict.gate_result)]
            against = self.champion is not None and self.verdict.champion_id == self.champion.pk
            chips.append((word if against else f"{word}, against an earlier one", tone))
        if self.version.is_shadow and not self.is_champion:
            chips.append(("In the shadow", ""))
        if self.version.erased_since:
            chips.append(("Learnt from drawings since erased", "warn"))
        return chips

    @property
    def brief(self) -> str:
        return ARCHITECTURE_SUMMARIES.get(self.version.architecture, "")

    @property
    def accuracy(self) -> str:
        """On the sets its card reports, MNIST and pen first."""
        figures: dict[str, Any] = self.version.card.get("figures") or {}
        part = figures.get("test") or figures.get("validation") or {}
        said = [
            f"{format_percent(part[name]['accuracy'])} {title}"
            for name, title in HEADLINE_SETS
            if isinstance(part.get(name), dict) and "accuracy" in part[name]
        ]
        return ", ".join(said)

    @property
    def workers(self) -> str:
        return format_worker_count(self.readiness)


def list_model_summaries() -> list[ModelSummary]:
    """All networks, newest first, each with its newest verdict."""
    champion, workers = load_champion(), list_workers()
    verdicts = _newest_evaluations()
    served = set(Promotion.objects.values_list("model_id", flat=True))
    return [
        ModelSummary(
            version=version,
            champion=champion,
            verdict=verdicts.get(version.pk),
            has_served=version.pk in served,
            readiness=count_ready(version, workers),
        )
        for version in ModelVersion.objects.all()
    ]


def format_worker_count(ready: ModelReadiness) -> str:
    if not ready.workers:
        return "No worker can be asked at the moment."
    if not ready.serving:
        return "No worker answers with it yet."
    said = f"{ready.serving} of {ready.workers} worker{'' if ready.workers == 1 else 's'}"
    return f"{said} answer{'s' if ready.serving == 1 else ''} with it."


def failing_workers(version: ModelVersion, workers: Iterable[WorkerStatus]) -> list[WorkerStatus]:
    """Workers that should answer with it and cannot load it."""
    return [worker for worker in workers if worker.failed_ref == version.ref]


def promotion_rows(promotions: Iterable[Promotion]) -> list[dict[str, Any]]:
    return [
        {
            "promotion": one,
            "kind": PROMOTION_KIND_TEXTS[PromotionKind(one.kind)],
            "model": one.model,
        }
        for one in promotions
    ]


def _newest_evaluations() -> dict[int, Evaluation]:
    rows = Evaluation.objects.defer("report").order_by("id")
    return {one.challenger_id: one for one in rows}

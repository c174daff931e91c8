"""Networks in the words of their pages: how each stands, how well it reads, who has it ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from recognizer import registry
from recognizer.models import Evaluation, GateResult, ModelVersion, Promotion, PromotionKind
from recognizer.pages.model_prose import IN_BRIEF
from recognizer.pages.verdict import OUTCOMES, say_percent

KINDS = {
    PromotionKind.FIRST: ("The first", ""),
    PromotionKind.PROMOTION: ("Passed the test", "ok"),
    PromotionKind.OVERRIDE: ("For a reason", "warn"),
    PromotionKind.ROLLBACK: ("Taken back", "bad"),
}
SETS = (("mnist", "MNIST"), ("pen", "pen"))


@dataclass(frozen=True)
class ModelCard:
    """A network in the list."""

    version: ModelVersion
    champion: ModelVersion | None
    verdict: Evaluation | None
    has_served: bool
    readiness: registry.Readiness

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
            word, tone = OUTCOMES[GateResult(self.verdict.gate_result)]
            against = self.champion is not None and self.verdict.champion_id == self.champion.pk
            chips.append((word if against else f"{word}, against an earlier one", tone))
        if self.version.is_shadow and not self.is_champion:
            chips.append(("In the shadow", ""))
        if self.version.erased_since:
            chips.append(("Learnt from drawings since erased", "warn"))
        return chips

    @property
    def brief(self) -> str:
        return IN_BRIEF.get(self.version.architecture, "")

    @property
    def accuracy(self) -> str:
        """On the sets its card reports, MNIST and pen first."""
        figures: dict[str, Any] = self.version.card.get("figures") or {}
        part = figures.get("test") or figures.get("validation") or {}
        said = [
            f"{say_percent(part[name]['accuracy'])} {title}"
            for name, title in SETS
            if isinstance(part.get(name), dict) and "accuracy" in part[name]
        ]
        return ", ".join(said)

    @property
    def workers(self) -> str:
        return say_workers(self.readiness)


def list_cards() -> list[ModelCard]:
    """All networks, newest first, each with its newest verdict."""
    champion, workers = registry.champion(), registry.list_workers()
    verdicts = _newest_verdicts()
    served = set(Promotion.objects.values_list("model_id", flat=True))
    return [
        ModelCard(
            version=version,
            champion=champion,
            verdict=verdicts.get(version.pk),
            has_served=version.pk in served,
            readiness=registry.count_ready(version, workers),
        )
        for version in ModelVersion.objects.all()
    ]


def say_workers(ready: registry.Readiness) -> str:
    if not ready.workers:
        return "No worker can be asked at the moment."
    if not ready.serving:
        return "No worker answers with it yet."
    said = f"{ready.serving} of {ready.workers} worker{'' if ready.workers == 1 else 's'}"
    return f"{said} answer{'s' if ready.serving == 1 else ''} with it."


def troubles(version: ModelVersion, workers: Iterable[registry.Worker]) -> list[registry.Worker]:
    """Workers that should answer with it and cannot load it."""
    return [worker for worker in workers if worker.cannot_load == version.ref]


def promotion_rows(promotions: Iterable[Promotion]) -> list[dict[str, Any]]:
    return [
        {"promotion": one, "kind": KINDS[PromotionKind(one.kind)], "model": one.model}
        for one in promotions
    ]


def _newest_verdicts() -> dict[int, Evaluation]:
    rows = Evaluation.objects.defer("report").order_by("id")
    return {one.challenger_id: one for one in rows}

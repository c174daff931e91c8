"""The accuracy of the champion on prompted drawings of users with an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, F, OuterRef

from recognizer.challenge.accuracy_estimate import (
    AccuracyEstimate,
    PromptResult,
    estimate_accuracy,
    estimate_groups,
    wilson_interval,
)
from recognizer.challenge.leaderboard import start_of_week
from recognizer.models import (
    Basis,
    ChallengePrompt,
    Label,
    LabelKind,
    ModelVersion,
    ReviewReason,
)
from recognizer.registry.parsers.json_to_dataclass import decode_json
from recognizer.review.review_queue_prioritization import is_sampled_prompt

MAX_PROMPTS = 10_000
MAX_WEEKS = 8
MIN_USERS = 5
MIN_GROUP_DRAWINGS = 20
"""A digit, pointer type or week with fewer drawings is left out."""
CACHE_TTL_S = 300


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """Prompted drawings that reviewers checked, and those with another label than the prompt."""

    n: int
    wrong: int

    @property
    def share(self) -> float | None:
        return self.wrong / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.share or 0, self.n)


@dataclass(frozen=True, slots=True)
class ChampionAccuracy:
    """`total` is None below the minimum of drawings or users. `n` and `num_users` count all of
    them."""

    n: int
    num_users: int
    total: AccuracyEstimate | None
    by_digit: dict[str, AccuracyEstimate]
    by_pointer: dict[str, AccuracyEstimate]
    by_week: dict[str, AccuracyEstimate]
    claims: ClaimCheck


def load_champion_accuracy(champion: ModelVersion) -> ChampionAccuracy:
    """Return the estimate of at most CACHE_TTL_S seconds ago."""
    key = f"champion_accuracy:{champion.pk}"
    cached = cache.get(key)
    if cached is None:
        cached = asdict(_summarize(_load_results(champion), _check_claims()))
        cache.set(key, cached, CACHE_TTL_S)
    found: ChampionAccuracy = decode_json(ChampionAccuracy, cached, key)
    return found


def _summarize(results: list[PromptResult], claims: ClaimCheck) -> ChampionAccuracy:
    """Return the estimates that have enough drawings."""
    num_users = len({one.user_id for one in results})
    is_enough = len(results) >= settings.CHALLENGE_MIN_DRAWINGS and num_users >= MIN_USERS
    shown = results if is_enough else []
    weeks = _large_groups(estimate_groups(shown, lambda one: one.week))
    return ChampionAccuracy(
        n=len(results),
        num_users=num_users,
        total=estimate_accuracy(shown),
        by_digit=_large_groups(estimate_groups(shown, lambda one: str(one.digit))),
        by_pointer=_large_groups(estimate_groups(shown, lambda one: one.pointer or "unknown")),
        by_week=dict(list(weeks.items())[-MAX_WEEKS:]),
        claims=claims,
    )


def _large_groups(groups: Mapping[str, AccuracyEstimate]) -> dict[str, AccuracyEstimate]:
    return {name: one for name, one in sorted(groups.items()) if one.n >= MIN_GROUP_DRAWINGS}


def _load_results(champion: ModelVersion) -> list[PromptResult]:
    prompts = ChallengePrompt.objects.filter(
        model=champion, completed_at__isnull=False, challenge__owner__is_guest=False
    ).order_by("-id")
    rows = prompts.values_list(
        "challenge__owner_id", "digit", "probability", "predicted", "pointer", "completed_at"
    )
    return [
        PromptResult(
            user_id=user_id,
            digit=digit,
            probability=probability,
            is_recognized=predicted == digit,
            pointer=pointer,
            week=start_of_week(completed_at).date().isoformat(),
        )
        for user_id, digit, probability, predicted, pointer, completed_at in rows[:MAX_PROMPTS]
        if completed_at
    ]


def _check_claims() -> ClaimCheck:
    """Compare the sampled prompts with their review labels."""
    random_checks = Label.objects.filter(
        drawing=OuterRef("drawing"), kind=LabelKind.REVIEW, reason=ReviewReason.AUDIT, revision=1
    )
    reviewed = ChallengePrompt.objects.filter(
        Exists(random_checks),
        drawing__ground_truth__revision=1,
        drawing__ground_truth__basis=Basis.REVIEW,
        drawing__ground_truth__value__isnull=False,
        drawing__ground_truth__is_set_aside=False,
        drawing__revision=F("drawing__ground_truth__revision"),
    ).order_by("-id")
    rows = reviewed.values_list("drawing_id", "digit", "drawing__ground_truth__value")
    sampled = [
        digit != value
        for drawing_id, digit, value in rows[:MAX_PROMPTS]
        if drawing_id is not None and is_sampled_prompt(drawing_id)
    ]
    return ClaimCheck(n=len(sampled), wrong=sum(sampled))

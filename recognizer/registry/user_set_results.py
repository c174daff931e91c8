"""Which of people's drawings a network reads wrong, as the newest comparison found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from recognizer.models import Evaluation, ModelVersion
from recognizer.protocol import JSON


@dataclass(frozen=True, slots=True)
class UserSetResult:
    """A set of people's drawings: how it was read, and the keys of drawings that were read
    wrong."""

    name: str
    title: str
    confusion: list[list[int]]
    mistakes: list[JSON]

    @property
    def kept(self) -> set[tuple[str, int, int]]:
        return {(self.name, one["label"], one["answer"]) for one in self.mistakes}

    def find_keys(self, label: int, answer: int) -> list[str]:
        """Of the drawings of this cell, the surest first."""
        pair = (label, answer)
        return [one["key"] for one in self.mistakes if (one["label"], one["answer"]) == pair]


def load_user_set_results(version: ModelVersion) -> list[UserSetResult]:
    """Of the newest comparison it took part in; none where no drawing of people was in it."""
    part = Q(challenger=version) | Q(champion=version)
    newest = Evaluation.objects.filter(part).order_by("-id").first()
    if newest is None:
        return []
    who = "challenger" if newest.challenger_id == version.pk else "champion"
    report: dict[str, Any] = newest.report
    return [
        UserSetResult(
            one["name"], one["title"], one[who]["confusion"], one[who].get("mistakes") or []
        )
        for one in report.get("sets", [])
        if one.get("is_of_people") and one.get("n") and one.get(who)
    ]

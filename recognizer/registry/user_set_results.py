"""Users' drawings that a model misclassifies, from its latest evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from recognizer.models import Evaluation, ModelVersion
from recognizer.protocol import JSON


@dataclass(frozen=True, slots=True)
class UserSetResult:
    """Results on one evaluation set of users' drawings: the confusion matrix, and the misclassified
    drawings as in the evaluation report."""

    name: str
    title: str
    confusion: list[list[int]]
    misclassified: list[JSON]

    @property
    def misclassified_cells(self) -> set[tuple[str, int, int]]:
        """The cells (set name, label, predicted label) with misclassified drawings."""
        return {(self.name, one["label"], one["answer"]) for one in self.misclassified}

    def find_keys(self, label: int, predicted: int) -> list[str]:
        """Return the keys of the drawings in this cell, most confident predictions first."""
        cell = (label, predicted)
        return [one["key"] for one in self.misclassified if (one["label"], one["answer"]) == cell]


def load_user_set_results(version: ModelVersion) -> list[UserSetResult]:
    """Return the results of the latest evaluation with this model, or an empty list."""
    is_compared = Q(challenger=version) | Q(champion=version)
    newest = Evaluation.objects.filter(is_compared).order_by("-id").first()
    if newest is None:
        return []
    role = "challenger" if newest.challenger_id == version.pk else "champion"
    report: dict[str, Any] = newest.report
    return [
        UserSetResult(
            one["name"], one["title"], one[role]["confusion"], one[role].get("mistakes") or []
        )
        for one in report.get("sets", [])
        if one.get("is_of_people") and one.get("n") and one.get(role)
    ]

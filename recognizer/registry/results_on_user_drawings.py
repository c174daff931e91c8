"""Results of a model on the drawings of users, from its latest evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from recognizer.models import Evaluation, ModelVersion
from recognizer.registry.parsers.evaluation_report_parser import UserMisclassification, parse_report
from recognizer.registry.parsers.model_card_parser import ConfusionMatrix


@dataclass(frozen=True, slots=True)
class UserSetResult:
    """A set of users' drawings: its confusion matrix and the keys of misclassified drawings."""

    name: str
    title: str
    confusion: ConfusionMatrix
    misclassifications: list[UserMisclassification]

    @property
    def cells(self) -> set[tuple[str, int, int]]:
        """(set, label, prediction) of the cells whose drawings are known."""
        return {(self.name, one.label, one.prediction) for one in self.misclassifications}

    def find_keys(self, label: int, prediction: int) -> list[str]:
        """Return the keys of the drawings of one cell by decreasing confidence."""
        cell = (label, prediction)
        return [one.key for one in self.misclassifications if (one.label, one.prediction) == cell]


def load_user_set_results(version: ModelVersion) -> list[UserSetResult]:
    """Return the results of the latest evaluation that the model was part of."""
    is_part = Q(challenger=version) | Q(champion=version)
    latest = Evaluation.objects.filter(is_part).order_by("-id").first()
    if latest is None:
        return []
    is_challenger = latest.challenger_id == version.pk
    results = []
    for one in parse_report(latest.report, str(latest.pk)).sets or []:
        result = one.challenger if is_challenger else one.champion
        if one.is_from_users and result is not None:
            results.append(
                UserSetResult(one.name, one.title, result.confusion, result.misclassifications)
            )
    return results

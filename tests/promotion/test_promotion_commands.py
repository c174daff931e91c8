"""The commands `promote` and `rollback`, and the evaluation task."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ml.data.datasets import DatasetMissing
from ml.evaluation import evaluation_sets
from recognizer.models import Evaluation, ModelVersion, User
from recognizer.registry.promotion import load_champion, load_latest_promotion
from tests.promotion.conftest import EvaluationFactory
from workers.comparison.evaluate_task import evaluate

pytestmark = pytest.mark.django_db


def _run(*words: str, **options: Any) -> str:
    return str(call_command(*words, **options))


def test_promotes_and_rolls_back(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    make_evaluation("passed")
    assert _run("promote", challenger.ref, by="admin") == f"{challenger} is the champion."
    newest = load_latest_promotion()
    assert newest is not None
    assert (newest.by, newest.kind) == (admin, "promotion")
    assert _run("rollback", reason="Ones for sevens.") == f"{champion} is the champion again."
    assert load_champion() == champion


@pytest.mark.parametrize(
    ("label", "by", "message"),
    [
        ("challenger@000000000000", None, "no such model"),
        ("", "nobody", "no admin 'nobody'"),
        ("", "owner", "no admin 'owner'"),
        ("", None, "reason"),
    ],
)
def test_promote_reports_the_error(
    label: str,
    by: str | None,
    message: str,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    owner: User,
) -> None:
    make_evaluation("refused")
    with pytest.raises(CommandError, match=message):
        _run("promote", label or challenger.ref, by=by)


def test_rollback_without_a_previous_model_fails(champion: ModelVersion) -> None:
    with pytest.raises(CommandError, match="before"):
        _run("rollback")


@pytest.mark.slow
def test_the_task_evaluates_against_the_current_champion(
    champion: ModelVersion, challenger: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(part: str) -> Any:
        raise DatasetMissing(part)

    monkeypatch.setattr(evaluation_sets, "load_mnist", missing)
    evaluate(str(challenger.pk))
    made = Evaluation.objects.get()
    assert (made.challenger, made.champion) == (challenger, champion)
    evaluate(str(champion.pk))  # the champion
    evaluate("0")  # does not exist
    assert Evaluation.objects.count() == 1

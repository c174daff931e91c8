"""`promote`, `rollback`, and the task that compares."""

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


def test_promote_and_rollback_do_what_the_pages_do(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    make_evaluation("passed")
    assert _run("promote", challenger.ref, by="admin") == f"{challenger} serves."
    newest = load_latest_promotion()
    assert newest is not None
    assert (newest.by, newest.kind) == (admin, "promotion")
    assert _run("rollback", reason="Ones for sevens.") == f"{champion} serves again."
    assert load_champion() == champion


@pytest.mark.parametrize(
    ("label", "by", "said"),
    [
        ("challenger@000000000000", None, "no such model"),
        ("", "nobody", "no admin 'nobody'"),
        ("", "owner", "no admin 'owner'"),
        ("", None, "Say why"),
    ],
)
def test_promote_says_what_is_wrong(
    label: str,
    by: str | None,
    said: str,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    owner: User,
) -> None:
    make_evaluation("refused")
    with pytest.raises(CommandError, match=said):
        _run("promote", label or challenger.ref, by=by)


def test_rollback_has_something_to_go_back_to_or_says_so(champion: ModelVersion) -> None:
    with pytest.raises(CommandError, match="Nothing served before"):
        _run("rollback")


@pytest.mark.slow
def test_the_task_compares_with_whatever_serves_now(
    champion: ModelVersion, challenger: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(part: str) -> Any:
        raise DatasetMissing(part)

    monkeypatch.setattr(evaluation_sets, "load_mnist", missing)
    evaluate(str(challenger.pk))
    made = Evaluation.objects.get()
    assert (made.challenger, made.champion) == (challenger, champion)
    evaluate(str(champion.pk))  # itself
    evaluate("0")  # gone
    assert Evaluation.objects.count() == 1

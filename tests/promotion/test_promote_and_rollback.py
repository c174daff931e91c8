"""Promotions of passed models, overrides with a reason, and rollbacks."""

import pytest

from recognizer.models import Evaluation, ModelVersion, Promotion, User
from recognizer.registry.promotion import (
    CannotPromote,
    append_promotion,
    load_champion,
    load_latest_promotion,
    promote_model,
    roll_back,
)
from tests.promotion.conftest import EvaluationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _refusal(**arguments: object) -> str:
    with pytest.raises(CannotPromote) as refused:
        promote_model(**arguments)  # type: ignore[arg-type]
    return refused.value.code


def test_promotes_a_passed_model_and_stores_why(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    previous, evaluation = load_latest_promotion(), make_evaluation("passed")
    promotion = promote_model(model=challenger, by=admin)
    assert load_champion() == challenger
    assert (promotion.kind, promotion.by, promotion.replaces) == ("promotion", admin, previous)
    assert (promotion.evaluation, promotion.reason) == (evaluation, "It passed.")


@pytest.mark.parametrize("gate_result", ["refused", "insufficient_evidence"])
def test_overrides_the_gate_only_with_a_reason(
    gate_result: str, challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation(gate_result)
    assert _refusal(model=challenger, by=admin) == "reason_required"
    assert _refusal(model=challenger, by=admin, reason="  ") == "reason_required"
    promotion = promote_model(model=challenger, by=admin, reason="The sevens matter most.")
    assert (promotion.kind, promotion.reason) == ("override", "The sevens matter most.")


def test_the_latest_evaluation_counts(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation("passed")
    make_evaluation("refused")
    assert _refusal(model=challenger, by=admin) == "reason_required"


def test_refuses_a_model_without_evaluation(challenger: ModelVersion, admin: User) -> None:
    assert _refusal(model=challenger, by=admin, reason="I want it.") == "not_evaluated"


def test_refuses_an_evaluation_against_an_earlier_champion(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    make_evaluation("passed")
    third = ModelVersion.objects.create(name="third", sha256="ef" * 32, card={})
    Evaluation.objects.create(
        challenger=third, champion=champion, gate_result="passed", decided_by="So.", report={}
    )
    promote_model(model=third, by=admin)
    assert _refusal(model=challenger, by=admin, reason="It passed earlier.") == "not_evaluated"


def test_refuses_to_promote_the_champion(champion: ModelVersion, admin: User) -> None:
    assert _refusal(model=champion, by=admin, reason="Again.") == "already_serving"


def test_refuses_if_the_caller_expects_another_champion(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    make_evaluation("passed")
    arguments = {"model": challenger, "by": admin}
    assert _refusal(**arguments, expected_champion="inknet@000000000000") == "conflict"
    assert promote_model(**arguments, expected_champion=champion.ref).model == challenger  # type: ignore[arg-type]


def test_a_promotion_has_only_one_successor(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    first = load_latest_promotion()
    make_evaluation("passed")
    promote_model(model=challenger, by=admin)
    with pytest.raises(CannotPromote) as refused:
        append_promotion(model=champion, by=admin, reason="x", kind="override", replaces=first)  # type: ignore[arg-type]
    assert refused.value.code == "conflict"
    assert load_champion() == challenger


def test_repeated_rollbacks_restore_earlier_champions(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    third = ModelVersion.objects.create(name="third", sha256="ef" * 32, card={})
    make_evaluation("passed")
    promote_model(model=challenger, by=admin)
    Evaluation.objects.create(
        challenger=third, champion=challenger, gate_result="passed", decided_by="So.", report={}
    )
    promote_model(model=third, by=admin)
    assert roll_back(by=admin, reason="It takes 1 for 7.").model == challenger
    back = roll_back(by=admin)
    assert (back.model, back.kind) == (champion, "rollback")
    with pytest.raises(CannotPromote) as refused:
        roll_back(by=admin)
    assert refused.value.code == "no_previous_model"
    assert Promotion.objects.count() == 5


def test_a_reverted_model_needs_a_reason_or_a_new_evaluation(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation("passed")
    promote_model(model=challenger, by=admin)
    roll_back(by=admin)
    assert _refusal(model=challenger, by=admin) == "reason_required"
    make_evaluation("passed")
    assert promote_model(model=challenger, by=admin).kind == "promotion"

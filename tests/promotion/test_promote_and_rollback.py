"""Who may serve: what the gate let pass, or what somebody gives a reason for; and the way back."""

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


def _refusal(**asked: object) -> str:
    with pytest.raises(CannotPromote) as refused:
        promote_model(**asked)  # type: ignore[arg-type]
    return refused.value.code


def test_one_that_passed_serves_and_its_row_says_why(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    before, verdict = load_latest_promotion(), make_evaluation("passed")
    promotion = promote_model(model=challenger, by=admin)
    assert load_champion() == challenger
    assert (promotion.kind, promotion.by, promotion.replaces) == ("promotion", admin, before)
    assert (promotion.evaluation, promotion.reason) == (verdict, "It passed.")


@pytest.mark.parametrize("outcome", ["refused", "insufficient_evidence"])
def test_one_that_did_not_pass_serves_only_for_a_reason(
    outcome: str, challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation(outcome)
    assert _refusal(model=challenger, by=admin) == "reason_required"
    assert _refusal(model=challenger, by=admin, reason="  ") == "reason_required"
    promotion = promote_model(model=challenger, by=admin, reason="The sevens matter most.")
    assert (promotion.kind, promotion.reason) == ("override", "The sevens matter most.")


def test_the_newest_verdict_counts(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation("passed")
    make_evaluation("refused")
    assert _refusal(model=challenger, by=admin) == "reason_required"


def test_one_that_was_never_compared_does_not_serve(challenger: ModelVersion, admin: User) -> None:
    assert _refusal(model=challenger, by=admin, reason="I want it.") == "not_evaluated"


def test_one_that_was_compared_with_another_champion_is_compared_again(
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
    assert _refusal(model=challenger, by=admin, reason="It passed before.") == "not_evaluated"


def test_the_champion_is_not_promoted_again(champion: ModelVersion, admin: User) -> None:
    assert _refusal(model=champion, by=admin, reason="Again.") == "already_serving"


def test_who_saw_another_champion_changes_nothing(
    champion: ModelVersion,
    challenger: ModelVersion,
    make_evaluation: EvaluationFactory,
    admin: User,
) -> None:
    make_evaluation("passed")
    asked = {"model": challenger, "by": admin}
    assert _refusal(**asked, expected_champion="inknet@000000000000") == "conflict"
    assert promote_model(**asked, expected_champion=champion.ref).model == challenger  # type: ignore[arg-type]


def test_a_place_that_is_taken_is_refused(
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


def test_rolling_back_goes_to_what_served_before_and_further(
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


def test_one_that_was_taken_back_needs_a_reason_or_a_new_verdict(
    challenger: ModelVersion, make_evaluation: EvaluationFactory, admin: User
) -> None:
    make_evaluation("passed")
    promote_model(model=challenger, by=admin)
    roll_back(by=admin)
    assert _refusal(model=challenger, by=admin) == "reason_required"
    make_evaluation("passed")
    assert promote_model(model=challenger, by=admin).kind == "promotion"

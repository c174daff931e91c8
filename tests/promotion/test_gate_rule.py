"""The rule: better on one set, not worse anywhere, and what too few drawings can say."""

from typing import Any

import numpy as np
import pytest

from ml.evaluation.promotion_gate import PairedPredictions, decide_promotion
from tests.promotion.factories import concat_predictions, make_predictions, with_confidence


def _base(**fields: Any) -> PairedPredictions:
    return make_predictions(3_000, **fields, name="mnist", title="MNIST")


def test_one_that_is_better_on_one_set_and_equal_on_the_others_passes() -> None:
    found = decide_promotion([_base(), make_predictions(won=12, lost=1)])
    assert found.outcome == "passed"
    assert found.decided_by.startswith("Better on people's drawings")
    assert [one.is_better for one in found.findings] == [False, True]


def test_an_equal_one_is_refused() -> None:
    found = decide_promotion([_base(won=5, lost=5), make_predictions(won=3, lost=3)])
    assert (found.outcome, found.decided_by) == ("refused", "Not shown to be better on any set.")


def test_a_gain_does_not_buy_a_loss_on_a_large_set() -> None:
    found = decide_promotion([_base(won=2, lost=9), make_predictions(won=30)])
    assert found.outcome == "refused"
    assert "MNIST: it may be 0." in found.decided_by


def test_a_large_set_may_lose_less_than_the_margin() -> None:
    assert decide_promotion([_base(won=1, lost=3), make_predictions(won=30)]).outcome == "passed"


def test_a_significant_loss_on_a_small_set_refuses() -> None:
    found = decide_promotion([_base(won=40), make_predictions(lost=9)])
    assert found.outcome == "refused"
    assert "people's drawings: it loses 9 drawings and wins 0" in found.decided_by


def test_a_loss_on_a_small_set_that_may_be_chance_does_not_refuse() -> None:
    assert decide_promotion([_base(won=40), make_predictions(lost=5)]).outcome == "passed"


def test_one_digit_that_got_worse_refuses_although_all_together_are_better() -> None:
    mixed = concat_predictions(
        make_predictions(3_000, won=60), make_predictions(3_000, lost=12, digit=4)
    )
    found = decide_promotion([mixed])
    assert found.outcome == "refused"
    assert "worse on 4s" in found.decided_by


def test_worse_calibration_refuses() -> None:
    found = decide_promotion([_base(won=40), with_confidence(make_predictions(), 0.9)])
    assert found.outcome == "refused"
    assert "confidence is off by" in found.decided_by


def test_calibration_may_be_a_little_worse() -> None:
    assert (
        decide_promotion([_base(won=40), with_confidence(make_predictions(), 0.996)]).outcome
        == "passed"
    )


@pytest.mark.parametrize("n", [0, 10, 299])
def test_too_few_drawings_are_no_evidence_that_it_is_better(n: int) -> None:
    found = decide_promotion([make_predictions(n, won=min(n, 20))])
    assert found.outcome == "insufficient_evidence"
    assert f"{n} of the 300 drawings" in found.decided_by


def test_too_few_of_one_digit_are_no_evidence_either() -> None:
    whole = make_predictions(400, won=20)
    few = make_predictions(400, won=20)
    few.labels[np.flatnonzero(few.labels == 7)[29:]] = 8
    assert decide_promotion([whole]).outcome == "passed"
    found = decide_promotion([few])
    assert found.outcome == "insufficient_evidence"
    assert "fewer than 30 drawings of 7" in found.decided_by


def test_few_drawings_can_still_show_that_it_is_worse() -> None:
    found = decide_promotion([_base(won=40), make_predictions(100, lost=10)])
    assert found.outcome == "refused"


def test_without_enough_of_peoples_drawings_another_set_may_show_it_better() -> None:
    found = decide_promotion([_base(won=40), make_predictions(10)])
    assert found.outcome == "passed"
    assert "too few drawings" in found.decided_by
    assert found.findings[1].lacks == "10 of the 300 drawings it takes"


def test_an_equal_one_without_peoples_drawings_is_not_refused_but_unknown() -> None:
    assert decide_promotion([_base(), make_predictions(0)]).outcome == "insufficient_evidence"
    assert decide_promotion([]).outcome == "insufficient_evidence"


def test_a_stand_in_never_lets_one_pass() -> None:
    stand_in = make_predictions(
        3_000, won=40, name="synthetic", title="synthetic", is_stand_in=True
    )
    alone, beside = (
        decide_promotion([stand_in]),
        decide_promotion([stand_in, make_predictions(won=20)]),
    )
    assert (alone.outcome, beside.outcome) == ("insufficient_evidence", "insufficient_evidence")
    assert "stand in" in beside.decided_by
    worse = make_predictions(3_000, lost=40, name="synthetic", title="synthetic", is_stand_in=True)
    assert decide_promotion([worse, make_predictions(won=20)]).outcome == "refused"


def test_what_is_not_a_digit_counts_as_a_class_of_its_own() -> None:
    one = make_predictions(600, won=40)
    one.labels[-60:] = 10
    one.champion.classes[-60:] = 10
    one.challenger.classes[-60:] = 3
    found = decide_promotion([one])
    assert found.outcome == "refused"
    assert any("not a digit" in reason for reason in found.findings[0].worse)

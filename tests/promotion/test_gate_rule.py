"""The promotion rule: better on one set, not worse on any, and sets with too few drawings."""

from typing import Any

import numpy as np
import pytest

from ml.evaluation.promotion_gate import PairedPredictions, decide_promotion
from tests.promotion.factories import concat_predictions, make_predictions, with_confidence


def _base(**fields: Any) -> PairedPredictions:
    return make_predictions(3_000, **fields, name="mnist", title="MNIST")


def test_passes_a_model_better_on_one_set_and_equal_on_others() -> None:
    found = decide_promotion([_base(), make_predictions(won=12, lost=1)])
    assert found.gate_result == "passed"
    assert [one.is_better for one in found.findings] == [False, True]


def test_refuses_an_equal_model() -> None:
    found = decide_promotion([_base(won=5, lost=5), make_predictions(won=3, lost=3)])
    assert found.gate_result == "refused"
    assert not any(one.is_better or one.regressions for one in found.findings)


def test_a_gain_does_not_offset_a_loss_on_a_large_set() -> None:
    found = decide_promotion([_base(won=2, lost=9), make_predictions(won=30)])
    assert found.gate_result == "refused"
    assert [len(one.regressions) for one in found.findings] == [1, 0]


def test_allows_a_loss_within_the_margin_on_a_large_set() -> None:
    found = decide_promotion([_base(won=1, lost=3), make_predictions(won=30)])
    assert found.gate_result == "passed"


def test_refuses_a_significant_loss_on_a_small_set() -> None:
    found = decide_promotion([_base(won=40), make_predictions(lost=9)])
    assert found.gate_result == "refused"
    assert [len(one.regressions) for one in found.findings] == [0, 1]


def test_allows_an_insignificant_loss_on_a_small_set() -> None:
    assert decide_promotion([_base(won=40), make_predictions(lost=5)]).gate_result == "passed"


def test_refuses_a_loss_on_one_digit() -> None:
    mixed = concat_predictions(
        make_predictions(3_000, won=60), make_predictions(3_000, lost=12, digit=4)
    )
    found = decide_promotion([mixed])
    assert found.gate_result == "refused"
    [finding] = found.findings
    assert [digit for digit, test in finding.by_class.items() if test.is_loss] == [4]


def test_refuses_worse_calibration() -> None:
    found = decide_promotion([_base(won=40), with_confidence(make_predictions(), 0.9)])
    assert found.gate_result == "refused"
    assert [len(one.regressions) for one in found.findings] == [0, 1]


def test_allows_slightly_worse_calibration() -> None:
    found = decide_promotion([_base(won=40), with_confidence(make_predictions(), 0.996)])
    assert found.gate_result == "passed"


@pytest.mark.parametrize("n", [0, 10, 299])
def test_too_few_drawings_are_insufficient_evidence(n: int) -> None:
    found = decide_promotion([make_predictions(n, won=min(n, 20))])
    assert found.gate_result == "insufficient_evidence"
    assert found.findings[0].shortage


def test_too_few_drawings_of_a_digit_are_insufficient_evidence() -> None:
    whole = make_predictions(400, won=20)
    few = make_predictions(400, won=20)
    few.labels[np.flatnonzero(few.labels == 7)[29:]] = 8
    assert decide_promotion([whole]).gate_result == "passed"
    found = decide_promotion([few])
    assert found.gate_result == "insufficient_evidence"
    assert found.findings[0].shortage


def test_few_drawings_can_show_that_a_model_is_worse() -> None:
    found = decide_promotion([_base(won=40), make_predictions(100, lost=10)])
    assert found.gate_result == "refused"


def test_another_set_may_show_that_a_model_is_better() -> None:
    found = decide_promotion([_base(won=40), make_predictions(10)])
    assert found.gate_result == "passed"
    assert [bool(one.shortage) for one in found.findings] == [False, True]


def test_no_drawings_of_users_are_insufficient_evidence() -> None:
    assert decide_promotion([_base(), make_predictions(0)]).gate_result == "insufficient_evidence"
    assert decide_promotion([]).gate_result == "insufficient_evidence"


def test_a_synthetic_set_never_passes_a_model() -> None:
    synthetic = make_predictions(
        3_000, won=40, name="synthetic", title="synthetic", is_synthetic=True
    )
    for sets in ([synthetic], [synthetic, make_predictions(won=20)]):
        assert decide_promotion(sets).gate_result == "insufficient_evidence"
    worse = make_predictions(3_000, lost=40, name="synthetic", title="synthetic", is_synthetic=True)
    assert decide_promotion([worse, make_predictions(won=20)]).gate_result == "refused"


def test_not_a_digit_is_a_separate_class() -> None:
    one = make_predictions(600, won=40)
    one.labels[-60:] = 10
    one.champion.classes[-60:] = 10
    one.challenger.classes[-60:] = 3
    found = decide_promotion([one])
    assert found.gate_result == "refused"
    assert found.findings[0].by_class[10].is_loss

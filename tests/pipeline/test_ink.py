"""Validation of ink."""

import math
from typing import Any

import pytest
from django.conf import LazySettings

from recognizer.drawings.ink_validation import CannotReadInk, parse_ink, svg_path

NOT_INK: list[tuple[Any, str]] = [
    (None, "not_ink"),
    ("M0 0", "not_ink"),
    ({"strokes": []}, "not_ink"),
    ([[1, 2]], "not_ink"),
    ([[[1]]], "not_ink"),
    ([[[1, 2, 3, 4, 5]]], "not_ink"),
    ([[["1", "2"]]], "not_ink"),
    ([[[True, 2]]], "not_ink"),
    ([[[None, 2]]], "not_ink"),
    ([[[[1], 2]]], "not_ink"),
    ([[{"x": 1}]], "not_ink"),
    ([], "empty"),
    ([[], []], "empty"),
    ([[[math.nan, 1], [2, 3]]], "not_finite"),
    ([[[1, 2], [2, math.nan]]], "not_finite"),
    ([[[math.inf, 1]]], "not_finite"),
    ([[[1, 2, -math.inf]]], "not_finite"),
    ([[[100_001, 0]]], "out_of_bounds"),
    ([[[0, -100_001]]], "out_of_bounds"),
    ([[[10**400, 0]]], "out_of_bounds"),
    ([[[0, 0, 1e13]]], "out_of_bounds"),
    ([[[0, 0]]] * 201, "too_many_strokes"),
    ([[[0, 0]] * 5001], "too_many_points"),
]


@pytest.mark.parametrize(("raw", "code"), NOT_INK, ids=lambda case: str(case)[:30])
def test_refuses_invalid_ink_with_code_and_message(raw: Any, code: str) -> None:
    with pytest.raises(CannotReadInk) as refusal:
        parse_ink(raw)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize(
    "raw",
    [
        [[[100_000, -100_000]]],
        [[[0, 0]]] * 200,
        [[[0, 0]] * 5000],
        [[[0.5, 1e-9, 12, 0.7], [1, 2, 20], [3, 4]]],
    ],
    ids=["far", "many strokes", "many points", "lengths of points"],
)
def test_accepts_ink_at_the_limits(raw: Any) -> None:
    assert parse_ink(raw).strokes == len(raw)


def test_limits_come_from_the_settings(settings: LazySettings) -> None:
    settings.INK_MAX_STROKES = 1
    with pytest.raises(CannotReadInk, match=r"1.*2"):
        parse_ink([[[0, 0]], [[1, 1]]])


def test_canonical_text_ignores_empty_strokes() -> None:
    first, second = parse_ink([[], [[1, 2.5]], []]), parse_ink([[[1, 2.5]]])
    assert first == second
    assert first.json == "[[[1,2.5]]]"
    assert (first.strokes, first.points, first.bounds) == (1, 1, (1, 2.5, 1, 2.5))


def test_svg_path_has_lines_and_dots() -> None:
    assert svg_path([[[1, 2], [3.25, 4]], [], [[5, 6, 7, 8]]]) == "M1 2L3.25 4M5 6h0"

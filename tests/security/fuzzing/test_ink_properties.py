"""Property tests of ink: any input is accepted, or refused with a known code."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.drawings.ink_validation import CannotReadInk, Ink, parse_ink, svg_path
from recognizer.protocol import ERRORS
from recognizer.realtime.client_message_parser import (
    CannotReadMessage,
    parse_claim,
    parse_draw,
    parse_message,
)

pytestmark = pytest.mark.slow

deterministic = settings(derandomize=True, database=None, deadline=None)

inside = st.integers(-100_000, 100_000) | st.floats(-100_000, 100_000)
points = st.lists(inside, min_size=2, max_size=4)
ink = st.lists(st.lists(points, max_size=12), max_size=12).filter(any)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=30,
)
almost_ink = st.lists(st.lists(st.lists(anything, max_size=5), max_size=4), max_size=4)


@deterministic
@given(ink)
def test_accepts_all_ink_within_the_bounds(raw: Any) -> None:
    read = parse_ink(raw)
    kept = [stroke for stroke in raw if stroke]
    assert json.loads(read.json) == kept
    assert (read.strokes, read.points) == (len(kept), sum(map(len, kept)))
    left, top, right, bottom = read.bounds
    assert all(left <= x <= right and top <= y <= bottom for s in kept for x, y, *_ in s)
    assert parse_ink(json.loads(read.json)) == read
    assert "nan" not in svg_path(kept)


@deterministic
@given(anything | almost_ink)
def test_accepts_any_input_or_refuses_with_a_known_code(raw: Any) -> None:
    read = _read(raw)
    if isinstance(read, CannotReadInk):
        assert read.code in ERRORS
        assert read.message.endswith(".")
    else:
        numbers = [number for stroke in json.loads(read.json) for p in stroke for number in p]
        assert all(map(math.isfinite, numbers))
        assert max(map(abs, read.bounds)) <= 100_000


@deterministic
@given(ink, st.sampled_from([math.nan, math.inf, -math.inf, 1e300, "1", None, True, 10**400]))
def test_refuses_ink_with_one_bad_coordinate(raw: Any, bad: Any) -> None:
    spoiled = [[list(point) for point in stroke] for stroke in raw]
    next(stroke for stroke in reversed(spoiled) if stroke)[-1][0] = bad
    read = _read(spoiled)
    assert isinstance(read, CannotReadInk), f"{bad!r} was taken"
    assert read.code in ("not_ink", "not_finite", "out_of_bounds")


@deterministic
@given(st.text() | st.builds(lambda it: json.dumps(it), anything))
def test_parses_any_text_or_refuses_it(text: str) -> None:
    for read in (parse_draw, parse_claim):
        with suppress(CannotReadMessage):
            read(parse_message(text))


def _read(raw: Any) -> Ink | CannotReadInk:
    try:
        return parse_ink(raw)
    except CannotReadInk as refusal:
        return refusal

"""Validation of ink: strokes of points `[x, y, t_ms?, pressure?]`, written as canonical JSON.

1.5 KB of ink take about 25 µs: the checks run in C over all numbers, without Python loops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson
from django.conf import settings

from recognizer.base_errors import CodedError
from recognizer.protocol import ERRORS

MAX_TIME_OR_PRESSURE = 1e12
"""Bound of times (ms) and pressures, which are stored but not interpreted."""

_NUMBER_TYPES = {int, float}
_LIST_TYPES = {list}
_POINT_LENGTHS = {2, 3, 4}

Point = list[float]
Stroke = list[Point]


class CannotReadInk(CodedError):
    """Invalid ink; `code` is one of protocol.ERRORS."""

    messages = ERRORS


@dataclass(frozen=True, slots=True)
class Ink:
    """Valid ink: canonical JSON, the numbers of strokes and points, (left, top, right, bottom)."""

    json: str
    strokes: int
    points: int
    bounds: tuple[float, float, float, float]


def parse_ink(raw: object) -> Ink:
    """Validate decoded JSON and drop empty strokes. Raises CannotReadInk."""
    strokes = _check_strokes(raw)
    points = list(chain.from_iterable(strokes))
    _check_finite(_check_points(points))
    bounds = _check_bounds(points)
    return Ink(orjson.dumps(strokes).decode(), len(strokes), len(points), bounds)


def svg_path(strokes: Sequence[Sequence[Sequence[float]]]) -> str:
    """Return the `d` of an SVG path. A single point becomes a dot, given round line caps."""
    return "".join(_svg_stroke(stroke) for stroke in strokes if stroke)


def _svg_stroke(stroke: Sequence[Sequence[float]]) -> str:
    path = "L".join(f"{point[0]:g} {point[1]:g}" for point in stroke)
    return f"M{path}" if len(stroke) > 1 else f"M{path}h0"


def _check_strokes(raw: object) -> list[Stroke]:
    if not isinstance(raw, list) or not set(map(type, raw)) <= _LIST_TYPES:
        raise CannotReadInk("not_ink")
    if len(raw) > settings.INK_MAX_STROKES:
        detail = f"At most {settings.INK_MAX_STROKES} strokes, these are {len(raw)}."
        raise CannotReadInk("too_many_strokes", detail)
    total = sum(map(len, raw))
    if total > settings.INK_MAX_POINTS:
        detail = f"At most {settings.INK_MAX_POINTS} points, these are {total}."
        raise CannotReadInk("too_many_points", detail)
    if not total:
        raise CannotReadInk("empty")
    return [stroke for stroke in raw if stroke]


def _check_points(points: list[Any]) -> list[float]:
    """Return all numbers of all points in one list."""
    if set(map(type, points)) != _LIST_TYPES or not set(map(len, points)) <= _POINT_LENGTHS:
        raise CannotReadInk("not_ink")
    numbers = list(chain.from_iterable(points))
    if not set(map(type, numbers)) <= _NUMBER_TYPES:
        raise CannotReadInk("not_ink")
    return numbers


def _check_finite(numbers: list[float]) -> None:
    with suppress(OverflowError):
        if (
            math.hypot(*numbers) <= MAX_TIME_OR_PRESSURE
        ):  # one pass in C, enough for nearly all ink; false for NaN
            return
    # The sum detects NaN; `max` and `min` may skip it.
    if (
        max(numbers) <= MAX_TIME_OR_PRESSURE
        and min(numbers) >= -MAX_TIME_OR_PRESSURE
        and math.isfinite(sum(numbers))
    ):
        return
    if all(map(_is_finite, numbers)):
        raise CannotReadInk("out_of_bounds")
    raise CannotReadInk("not_finite")


def _check_bounds(points: list[Point]) -> tuple[float, float, float, float]:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    limit = settings.INK_MAX_COORDINATE
    if left < -limit or top < -limit or right > limit or bottom > limit:
        raise CannotReadInk("out_of_bounds", f"Coordinates must be from -{limit:,} to {limit:,}.")
    return left, top, right, bottom


def _is_finite(number: float) -> bool:
    return isinstance(number, int) or math.isfinite(number)

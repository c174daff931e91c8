"""Strokes to rasters: MNIST's format for strokes of any size, unit and number."""

import math
from pathlib import Path

import numpy as np
import pytest

from ml.data.datasets import load_nondigits, load_pen
from ml.preprocessing.rasterize import PEN_WIDTH, CannotRasterize, rasterize, rasterize_many
from tests.ml.conftest import OwnInk, render_by_distance


def _compute_difference(strokes: list[list[list[float]]], pen_width: float = PEN_WIDTH) -> float:
    expected = render_by_distance(strokes, pen_width)
    return float(np.abs(expected - rasterize(strokes, pen_width=pen_width)).mean())


def _measure_extent(raster: np.ndarray) -> tuple[int, int]:
    rows, columns = (np.flatnonzero((raster > 127).any(axis=axis)) for axis in (1, 0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.slow
@pytest.mark.parametrize("pen_width", [1.25, PEN_WIDTH, 3.75])
def test_agrees_with_a_distance_field_on_own_inks(own_inks: list[OwnInk], pen_width: float) -> None:
    differences = [_compute_difference(ink.strokes, pen_width) for ink in own_inks[::3]]

    assert np.mean(differences) <= 3
    assert max(differences) <= 4


def test_agrees_with_a_distance_field_on_real_handwriting(handwriting: Path) -> None:
    pen = [ink.strokes for ink in load_pen("validation")[:12]]
    letters = [ink.strokes for ink in load_nondigits("validation")[:6]]
    as_lists = [[[list(p) for p in stroke] for stroke in strokes] for strokes in pen + letters]

    assert np.mean([_compute_difference(strokes) for strokes in as_lists]) <= 4


def test_fits_into_twenty_pixels_and_centres_the_ink(own_inks: list[OwnInk]) -> None:
    offsets = np.arange(28) - 13.5
    for ink in own_inks:
        raster = rasterize(ink.strokes)
        assert raster.shape == (28, 28)
        assert raster.dtype == np.uint8
        assert raster.max() == 255
        assert 19 <= max(_measure_extent(raster)) <= 21
        for axis in (0, 1):
            mass = raster.sum(axis=axis, dtype=np.int64)
            assert abs(float(mass @ offsets) / float(mass.sum())) < 0.3


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (250.0, 0.0), (0.01, -90_000.0)])
def test_position_and_unit_do_not_matter(
    own_inks: list[OwnInk], scale: float, shift: float
) -> None:
    for ink in own_inks[:4]:
        moved = [[[p[0] * scale + shift, p[1] * scale + shift] for p in s] for s in ink.strokes]
        difference = np.abs(rasterize(moved).astype(int) - rasterize(ink.strokes)).mean()
        assert difference < 2


def test_a_point_becomes_a_centred_dot() -> None:
    raster = rasterize([[[4e4, -7.0]]])

    assert 2 <= _measure_extent(raster)[0] <= 3
    assert raster[13:15, 13:15].min() > 150
    assert np.array_equal(raster, raster.T)


def test_repeated_points_become_the_same_dot() -> None:
    assert np.array_equal(
        rasterize([[[5.0, 5.0], [5.0, 5.0]], [[5.0, 5.0]]]), rasterize([[[1, 2]]])
    )


def test_a_horizontal_line_stays_horizontal() -> None:
    height, width = _measure_extent(rasterize([[[0.0, 0.0], [1e5, 0.0]]]))

    assert width >= 19
    assert 2 <= height <= 3


def test_a_wide_drawing_keeps_its_aspect_ratio() -> None:
    wide: list[list[list[float]]] = [[[0, 0], [1000, 0], [1000, 200], [0, 200], [0, 0]]]
    height, width = _measure_extent(rasterize(wide))

    assert width in (19, 20, 21)
    assert height == pytest.approx(17.75 / 5 + PEN_WIDTH, abs=1)


def test_ignores_further_values_of_a_point() -> None:
    plain: list[list[list[float]]] = [[[0, 0], [5, 9]]]
    long: list[list[list[float]]] = [[[0, 0, 17, 0.5], [5, 9, 33, 0.7]]]
    assert np.array_equal(rasterize(plain), rasterize(long))


def test_ignores_empty_strokes() -> None:
    assert np.array_equal(
        rasterize([[], [[0.0, 0.0], [5.0, 9.0]], []]), rasterize([[[0, 0], [5, 9]]])
    )


def test_arrays_and_lists_give_the_same_raster(own_inks: list[OwnInk]) -> None:
    arrays = [np.array(stroke)[:, :2] for stroke in own_inks[0].strokes]
    assert np.array_equal(rasterize(arrays), rasterize(own_inks[0].strokes))


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        [[[1]]],
        [[["a", "b"]]],
        [[[math.nan, 0]]],
        [[[0, math.inf]]],
        [[None]],
        [[[None, 1]]],
    ],
)
def test_refuses_invalid_strokes(strokes: list[list[list[float]]]) -> None:
    with pytest.raises(CannotRasterize):
        rasterize(strokes)


def test_a_batch_equals_single_drawings_in_order(own_inks: list[OwnInk]) -> None:
    many = rasterize_many([ink.strokes for ink in own_inks])

    assert many.shape == (len(own_inks), 28, 28)
    for raster, ink in zip(many, own_inks, strict=True):
        assert np.array_equal(raster, rasterize(ink.strokes))
    assert rasterize_many([]).shape == (0, 28, 28)

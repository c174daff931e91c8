"""The compiled rasterizer draws the pixels of the Python one."""

import json
from collections.abc import Sequence

import numpy as np
import orjson
import pytest

from compiled.library import build_library
from ml.preprocessing import rasterize
from ml.preprocessing.array_types import Strokes
from ml.preprocessing.compiled_rasterizer import CompiledRasterizer
from ml.preprocessing.rasterize import CannotRasterize, rasterize_by_pillow
from tests.ml.conftest import OwnInk

NUM_RANDOM_INKS = 2_000


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    library = CompiledRasterizer(build_library())
    monkeypatch.setattr(rasterize, "load_compiled_rasterizer", lambda: library)


@pytest.fixture(scope="module")
def random_inks() -> list[str]:
    """Random walks of one to four strokes, in many units, with times and pressures, as JSON."""
    rng = np.random.default_rng(7)
    return [_draw_random_ink(rng) for _ in range(NUM_RANDOM_INKS)]


def _draw_random_ink(rng: np.random.Generator) -> str:
    scale, decimals = 10 ** rng.uniform(-3, 4), int(rng.choice([0, 1, 3, 17]))
    strokes = []
    for _ in range(rng.integers(1, 5)):
        steps = rng.normal(0, 1, (rng.integers(1, 60), 2)).cumsum(axis=0)
        if rng.random() < 0.5:  # smooth, as a hand draws
            steps = steps.cumsum(axis=0)
        points = ((steps + rng.normal(0, 20, 2)) * scale).round(decimals)
        if decimals == 0:
            points = points.astype(int)
        more: list[list[float]] = [[], [8], [8, 0.5]]
        strokes.append([point + more[rng.integers(3)] for point in points.tolist()])
    return orjson.dumps(strokes).decode()


def _render_by_python(inks: Sequence[str]) -> np.ndarray:
    return rasterize_by_pillow([json.loads(ink) for ink in inks])


def test_draws_the_same_pixels_from_json(random_inks: list[str]) -> None:
    assert np.array_equal(rasterize.rasterize_json(random_inks), _render_by_python(random_inks))


@pytest.mark.parametrize("pen_width", [0.5, 1.25, 3.0, 4.0, 9.5, 12.0])
def test_draws_the_same_pixels_with_any_pen(random_inks: list[str], pen_width: float) -> None:
    drawings = [json.loads(ink) for ink in random_inks[:300]]
    rasters = rasterize.rasterize_many(drawings, pen_width=pen_width)
    assert np.array_equal(rasters, rasterize_by_pillow(drawings, pen_width=pen_width))


def test_draws_arrays_and_own_inks_alike(own_inks: list[OwnInk]) -> None:
    drawings: list[Strokes] = [ink.strokes for ink in own_inks]
    arrays = [[np.array([p[:2] for p in stroke]) for stroke in ink.strokes] for ink in own_inks]
    expected = rasterize_by_pillow(drawings)
    assert np.array_equal(rasterize.rasterize_many(drawings), expected)
    assert np.array_equal(rasterize.rasterize_many(arrays), expected)


@pytest.mark.parametrize(
    "ink",
    [
        "[[[1,2]]]",
        "[[[-0.0,1e-7],[1.5e300,2E2]]]",
        "[[[12345678901234567890,0],[0.1234567890123456789,-5]]]",
        "[ [[1, 2], [3, 4]], [] ]",
        "[[[1,2],\n[30,4]]]",
    ],
)
def test_draws_unusual_json(ink: str) -> None:
    inks = [ink, "[[[0,0],[9,9]]]"]
    assert np.array_equal(rasterize.rasterize_json(inks), _render_by_python(inks))


@pytest.mark.parametrize(
    "ink",
    ["", "[", "[]", "[[]]", "[[[1]]]", "[[[1,]]]", "[[[1,2]", "[[[1,1e999]]]", "[[[1,2\0]]]"],
)
def test_refuses_invalid_json(ink: str) -> None:
    with pytest.raises(CannotRasterize):
        rasterize.rasterize_json([ink])


def test_renders_in_python_without_the_library(
    random_inks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rasterize.rasterize_json(random_inks[:9])
    monkeypatch.setattr(rasterize, "load_compiled_rasterizer", lambda: None)
    assert np.array_equal(rasterize.rasterize_json(random_inks[:9]), expected)

"""Augmentation of strokes and images: limits, reproducibility, labels that stay valid."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.data.image_augmentation import augment_images
from ml.data.stroke_augmentation import (
    augment_strokes,
    reduce_to_polygons,
    sample_pen_width,
)
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Stroke
from ml.preprocessing.rasterize import rasterize
from ml.training_config import ImageAugmentation, StrokeAugmentation
from tests.ml.conftest import OwnInk

ZERO_AUGMENTATION = StrokeAugmentation(0, 0, 0, 0, 0, 0, 0, 0, 0, (2.0, 2.0))


@pytest.fixture
def drawings(own_inks: list[OwnInk]) -> list[list[Stroke]]:
    return [[np.array(stroke)[:, :2] for stroke in ink.strokes] for ink in own_inks]


@pytest.fixture
def images(drawings: list[list[Stroke]]) -> torch.Tensor:
    rasters = np.stack([rasterize(strokes) for strokes in drawings])
    return torch.from_numpy(rasters)[:, None].float() / 255


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_zero_augmentation_keeps_a_drawing(drawings: list[list[Stroke]]) -> None:
    for strokes in drawings:
        changed = augment_strokes(strokes, ZERO_AUGMENTATION, np.random.default_rng(0))
        assert len(changed) == len(strokes)
        difference = np.abs(rasterize(changed).astype(int) - rasterize(strokes))
        assert difference.mean() < 6  # smoothing rounds corners


def test_a_seed_reproduces_a_drawing(drawings: list[list[Stroke]]) -> None:
    first, again, other = (
        augment_strokes(drawings[5], StrokeAugmentation(), np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(rasterize(first), rasterize(other))


def test_augmented_drawings_are_still_recognized(
    own_inks: list[OwnInk], drawings: list[list[Stroke]], predictor: Predictor
) -> None:
    rng = np.random.default_rng(6)
    rasters, labels = [], []
    for ink, strokes in zip(own_inks, drawings, strict=True):
        for _ in range(20):
            changed = augment_strokes(strokes, StrokeAugmentation(), rng)
            rasters.append(
                rasterize(changed, pen_width=sample_pen_width(StrokeAugmentation(), rng))
            )
            labels.append(ink.label)
    digits = [prediction.digit for prediction in predictor.predict_rasters(np.stack(rasters))]

    assert np.mean([a == b for a, b in zip(digits, labels, strict=True)]) > 0.97


def test_rotations_cover_the_range_without_bias() -> None:
    rng = np.random.default_rng(0)
    vertical = [np.stack([np.zeros(20), np.linspace(0, 1, 20)], axis=1)]
    augmentation = StrokeAugmentation(30, 0, 0, 0, 0, 0, 0, 0, 0)
    angles = []
    for _ in range(300):
        (line,) = augment_strokes(vertical, augmentation, rng)
        x, y = line[-1] - line[0]
        angles.append(np.degrees(np.arctan2(x, y)))

    assert 20 < np.max(np.abs(angles)) <= 30
    assert np.mean(np.abs(angles) > 15) > 0.2
    assert abs(np.mean(angles)) < 3


def test_polygons_have_few_segments_and_keep_the_shape() -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for seed in range(50):
        (polygon,) = reduce_to_polygons([circle], np.random.default_rng(seed))
        steps = np.diff(polygon, axis=0)
        assert 1 < len(np.unique(steps.round(9), axis=0)) <= 27  # pi / 0.12, at most
        assert 0.5 < np.linalg.norm(polygon, axis=1).mean() < 1.3


def test_polygons_are_drawn_on_request(drawings: list[list[Stroke]]) -> None:
    plain, polygons = (
        rasterize(augment_strokes(drawings[5], augmentation, np.random.default_rng(0)))
        for augmentation in (ZERO_AUGMENTATION, replace(ZERO_AUGMENTATION, polygons=1.0))
    )
    assert np.abs(plain.astype(int) - polygons).mean() > 6


@pytest.mark.parametrize("points", [1, 2, 3])
def test_augments_the_shortest_strokes(points: int) -> None:
    line = np.arange(2.0 * points).reshape(points, 2)
    for seed in range(20):
        changed = augment_strokes(
            [line, line[:1]], StrokeAugmentation(polygons=0.5), np.random.default_rng(seed)
        )
        assert rasterize(changed).max() > 0


def test_pen_widths_cover_their_range() -> None:
    rng = np.random.default_rng(0)
    widths = [sample_pen_width(StrokeAugmentation(), rng) for _ in range(500)]
    low, high = StrokeAugmentation().pen_width

    assert low <= min(widths) < low * 1.1
    assert high * 0.9 < max(widths) <= high


def test_thick_pens_are_drawn_on_request() -> None:
    rng = np.random.default_rng(0)
    widths = [sample_pen_width(StrokeAugmentation(thick=0.25), rng) for _ in range(1000)]

    assert 0.2 < np.mean(np.array(widths) > StrokeAugmentation().pen_width[1]) < 0.3
    assert 5.5 < max(widths) <= 6.5


def test_zero_strength_keeps_images(images: torch.Tensor) -> None:
    changed = augment_images(images, ImageAugmentation(), torch.zeros(len(images)), _generator())
    assert torch.allclose(changed, images, atol=1e-4)


def test_augmented_images_stay_in_range(images: torch.Tensor) -> None:
    strength = torch.ones(len(images))
    changed = augment_images(images, ImageAugmentation(), strength, _generator())
    again = augment_images(images, ImageAugmentation(), strength, _generator())

    assert torch.equal(changed, again)
    assert changed.shape == images.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    assert float((changed - images).abs().mean()) > 0.02
    ratio = changed.sum((1, 2, 3)) / images.sum((1, 2, 3))
    assert 0.3 < float(ratio.min()) < float(ratio.max()) < 3


def test_full_thickness_is_a_dilation(
    images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is torch's pooling, which takes ten times as long."""
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.ones(shape))
    augmentation = ImageAugmentation(0, 0, 0, 0, 0, 0, thickness=1.0, contrast=0)
    thick = augment_images(images, augmentation, torch.ones(len(images)), _generator())
    assert torch.allclose(thick, torch.nn.functional.max_pool2d(images, 3, 1, 1), atol=1e-4)


def test_thickness_increases_and_decreases(images: torch.Tensor) -> None:
    many = images.repeat(8, 1, 1, 1)
    augmentation = ImageAugmentation(0, 0, 0, 0, 0, 0, thickness=0.8, contrast=0)
    changed = augment_images(many, augmentation, torch.ones(len(many)), _generator())
    mass = changed.sum((1, 2, 3)) / many.sum((1, 2, 3))

    assert float(mass.min()) < 0.85
    assert float(mass.max()) > 1.4
    unchanged = augment_images(many, ImageAugmentation(), torch.zeros(len(many)), _generator())
    assert torch.allclose(unchanged, many, atol=1e-4)

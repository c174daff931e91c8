"""Uploaded images of odd shape or opacity: the digit is recognized, and none raises another error
than UnreadableImage."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ml.inference.predictor import Predictor
from ml.preprocessing import uploaded_image_to_raster
from ml.preprocessing.connected_components import label_components
from ml.preprocessing.uploaded_image_to_raster import UnreadableImage, decode_upload

pytestmark = pytest.mark.slow

Colour = tuple[int, ...]

BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)
ORIENTATION = 0x0112
SHAPES = [
    (1, 1),
    (1, 2),
    (2, 1),
    (3, 1),
    (1, 200),
    (200, 1),
    (400, 2),
    (2, 400),
    (10, 3000),
    (3000, 10),
    (144, 1),
    (1, 145),
    (1_000_000, 1),
    (1, 1_000_000),
    (500_000, 2),
    (99, 9_999),
    (1000, 1000),
]


@pytest.fixture(autouse=True)
def numerical_warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _bar(
    size: tuple[int, int], box: tuple[int, int, int, int], ink: Colour, paper: Colour
) -> Image.Image:
    """Return paper with a bar of ink; the box ends before its right and lower sides."""
    image = Image.new("RGBA", size, paper)
    image.paste(ink, box)
    return image


def _encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _predict(predictor: Predictor, data: bytes) -> tuple[str, int | None]:
    [prediction] = predictor.predict_rasters(decode_upload(data)[None])
    return prediction.decision, prediction.digit


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("size", SHAPES, ids=str)
@pytest.mark.parametrize("content", ["blank", "noise", "block"])
def test_every_shape_is_decoded_or_refused(
    size: tuple[int, int], content: str, orientation: int
) -> None:
    width, height = size
    pixels = np.full((height, width), 255, dtype=np.uint8)
    if content == "noise":
        pixels = np.random.default_rng(1).integers(0, 256, pixels.shape).astype(np.uint8)
    elif content == "block":
        pixels[height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = 0
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    with suppress(UnreadableImage):  # for too little ink
        raster = decode_upload(_encode(Image.fromarray(pixels), exif=exif))
        assert raster.shape == (28, 28)


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((2, 400), (0, 100, 1, 300)),
        ((10, 3000), (4, 300, 6, 2700)),
        ((30, 3000), (10, 100, 20, 2900)),
        ((1, 900), (0, 300, 1, 700)),
        ((1000, 1000), (500, 100, 503, 900)),
        ((999, 1001), (400, 200, 480, 800)),
        ((3000, 300), (1500, 50, 1530, 250)),
        ((300, 3000), (100, 1500, 130, 1700)),
    ],
    ids=str,
)
def test_a_one_is_recognized_in_every_shape(
    predictor: Predictor, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    upright = _bar(size, box, BLACK, WHITE).convert("L")
    exif = Image.Exif()
    exif[ORIENTATION] = 6

    assert _predict(predictor, _encode(upright)) == ("digit", 1)
    rotated = upright.transpose(Image.Transpose.ROTATE_90)
    assert _predict(predictor, _encode(rotated, exif=exif)) == ("digit", 1)


@pytest.mark.parametrize("alpha", [0xFF, 0xB0, 0x80, 0x7F, 0x6E, 0x40, 0x20, 0x10])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((0, 0, 0), CLEAR),
        ((0, 0, 0), (255, 255, 255, 0)),
        ((255, 255, 255), CLEAR),
        ((200, 0, 90), CLEAR),
        ((0, 0, 0), WHITE),
        ((255, 255, 255), BLACK),
        ((255, 0, 0), (0, 0, 255, 255)),
        ((0, 0, 0), (255, 255, 255, 40)),
    ],
    ids=str,
)
def test_translucent_ink_is_recognized(
    predictor: Predictor, ink: Colour, paper: Colour, alpha: int
) -> None:
    image = _bar((200, 200), (90, 25, 110, 175), (*ink, alpha), paper)

    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True})):
        assert _predict(predictor, _encode(image, kind, **options)) == ("digit", 1)


@pytest.mark.parametrize("paper", [BLACK, WHITE])
def test_a_transparent_hole_is_ink(predictor: Predictor, paper: Colour) -> None:
    image = _bar((200, 200), (90, 25, 110, 175), (*paper[:3], 0x6E), paper)

    assert _predict(predictor, _encode(image)) == ("digit", 1)


def test_damaged_orientation_is_ignored(predictor: Predictor) -> None:
    image = _bar((200, 200), (90, 25, 110, 175), BLACK, WHITE)
    for exif in (b"MM", b"II*\x00\xff\xff\xff\xff", b"Exif\x00\x00", bytes(7)):
        assert _predict(predictor, _encode(image, exif=exif)) == ("digit", 1)


def test_large_images_are_processed_at_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    extract = uploaded_image_to_raster._extract_ink

    def record(colours: uploaded_image_to_raster.RgbImage) -> object:
        sizes.append(colours.shape[:2])
        return extract(colours)

    monkeypatch.setattr(uploaded_image_to_raster, "_extract_ink", record)
    for size in ((1000, 1000), (10_000, 100), (1_000_000, 1)):
        image = Image.new("L", size, 255)
        image.paste(0, (size[0] // 3, 0, size[0] // 2, size[1]))
        decode_upload(_encode(image))
    assert all(height * width <= 160_000 and width <= 4_000 for height, width in sizes)


def test_components_of_a_checkerboard_are_connected_at_corners() -> None:
    rows, columns = np.indices((40, 60))
    labels = label_components((rows + columns) % 2 == 0)
    assert set(labels.ravel().tolist()) == {0, 1}
    assert label_components(rows % 2 + columns % 2 == 0).max() == 20 * 30

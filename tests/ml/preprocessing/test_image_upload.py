"""Uploaded images: decoded to the same raster as strokes, or refused."""

import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.data.datasets import load_pen
from ml.inference.predictor import Predictor
from ml.preprocessing.array_types import Strokes
from ml.preprocessing.rasterize import rasterize
from ml.preprocessing.uploaded_image_to_raster import MAX_PIXELS, UnreadableImage, decode_upload
from tests.ml.conftest import OwnInk

pytestmark = pytest.mark.slow

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def _draw(
    strokes: Strokes,
    *,
    height: float = 160,
    pen: float = 10,
    position: tuple[float, float] = (60, 50),
    size: tuple[int, int] = (280, 280),
    ink: tuple[int, ...] = BLACK,
    paper: tuple[int, ...] = WHITE,
) -> Image.Image:
    """Draw the strokes: upper left corner at `position`, longer side `height` pixels."""
    lines = [np.array([point[:2] for point in stroke], dtype=float) for stroke in strokes]
    points = np.concatenate(lines)
    scale = (height - pen) / np.ptp(points, axis=0).max()
    image = Image.new("RGBA" if len(paper) == 4 else "RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for line in lines:
        placed = (line - points.min(axis=0)) * scale + position + np.array(pen / 2)
        draw.line([tuple(p) for p in placed.tolist()], fill=ink, width=round(pen), joint="curve")
        for x, y in placed[[0, -1]].tolist():
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=ink)
    return image


def _encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _get_refusal_code(data: bytes) -> str:
    with pytest.raises(UnreadableImage) as refused:
        decode_upload(data)
    return refused.value.code


def _predict_digits(predictor: Predictor, images: list[bytes]) -> list[int | None]:
    rasters = np.stack([decode_upload(data) for data in images])
    return [prediction.digit for prediction in predictor.predict_rasters(rasters)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        (BLACK, WHITE),
        (WHITE, BLACK),
        ((30, 60, 200), (250, 240, 220)),
        ((200, 30, 30), (30, 130, 70)),
    ],
    ids=["black on white", "white on black", "blue on cream", "red on green"],
)
def test_decodes_digits_in_any_colours(
    own_inks: list[OwnInk],
    predictor: Predictor,
    kind: str,
    ink: tuple[int, ...],
    paper: tuple[int, ...],
) -> None:
    images = [_encode(_draw(own.strokes, ink=ink, paper=paper), kind) for own in own_inks[::2]]

    assert _predict_digits(predictor, images) == [own.label for own in own_inks[::2]]


def test_the_raster_is_close_to_that_of_strokes(own_inks: list[OwnInk]) -> None:
    differences = []
    for own in own_inks:
        read = decode_upload(_encode(_draw(own.strokes, height=200, pen=22)))
        assert read.shape == (28, 28)
        differences.append(np.abs(read.astype(int) - rasterize(own.strokes)).mean())

    assert np.mean(differences) < 5


@pytest.mark.parametrize(
    ("height", "pen"), [(40, 4), (40, 8), (100, 4), (140, 30), (260, 4), (260, 36)]
)
def test_size_and_pen_width_do_not_matter(
    own_inks: list[OwnInk], predictor: Predictor, height: float, pen: float
) -> None:
    images = [
        _encode(_draw(own.strokes, height=height, pen=pen, position=(8, 9))) for own in own_inks
    ]
    num_correct = sum(
        a == own.label for a, own in zip(_predict_digits(predictor, images), own_inks, strict=True)
    )

    assert num_correct >= len(own_inks) - 1


@pytest.mark.parametrize("ink", [(0, 0, 0, 255), (255, 255, 255, 255), (200, 0, 90, 180)])
def test_decodes_ink_on_a_transparent_background(
    own_inks: list[OwnInk], predictor: Predictor, ink: tuple[int, ...]
) -> None:
    images = [_encode(_draw(own.strokes, ink=ink, paper=(0, 0, 0, 0))) for own in own_inks]

    assert _predict_digits(predictor, images) == [own.label for own in own_inks]


def test_decodes_uneven_light_noise_and_specks(
    own_inks: list[OwnInk], predictor: Predictor
) -> None:
    rng = np.random.default_rng(3)
    light = np.linspace(0.5, 1, 280)[None, :, None] * np.linspace(0.8, 1, 280)[:, None, None]
    images = []
    for own in own_inks:
        clean = np.asarray(_draw(own.strokes, ink=(60, 60, 70), paper=(235, 230, 220)), dtype=float)
        noisy = clean * light + rng.normal(0, 6, clean.shape)
        for row, column in rng.integers(0, 277, (12, 2)).tolist():
            noisy[row : row + 3, column : column + 3] = 20
        images.append(_encode(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), "JPEG"))

    assert _predict_digits(predictor, images) == [own.label for own in own_inks]


def test_rotates_a_photo_by_its_exif_orientation(
    own_inks: list[OwnInk], predictor: Predictor
) -> None:
    orientation = Image.Exif()
    orientation[0x0112] = 6  # shown after a quarter turn clockwise
    upright = [_draw(own.strokes) for own in own_inks]
    rotated = [_encode(p.rotate(90, expand=True), "JPEG", exif=orientation) for p in upright]

    assert _predict_digits(predictor, rotated) == [own.label for own in own_inks]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_decodes_any_pixel_mode(own_inks: list[OwnInk], predictor: Predictor, mode: str) -> None:
    def convert(image: Image.Image) -> Image.Image:
        if mode == "I;16":
            return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
        return image.convert(mode)

    kind = "JPEG" if mode == "CMYK" else "PNG"
    images = [_encode(convert(_draw(own.strokes)), kind) for own in own_inks[:4]]

    assert _predict_digits(predictor, images) == [own.label for own in own_inks[:4]]


def test_refuses_more_than_a_megapixel(own_inks: list[OwnInk]) -> None:
    image = _draw(own_inks[2].strokes, size=(1000, 1000), height=40, pen=5)
    assert image.width * image.height == MAX_PIXELS
    assert decode_upload(_encode(image)).max() > 200

    assert _get_refusal_code(_encode(image.resize((1001, 1000)))) == "too_large"


def test_checks_the_size_before_decoding() -> None:
    """The header declares 40,000 x 40,000 pixels and no data follows."""
    data = bytearray(_encode(Image.new("L", (8, 8))))
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    header = data[12:29]
    data[29:33] = zlib.crc32(bytes(header)).to_bytes(4, "big")

    assert _get_refusal_code(bytes(data)) == "too_large"


@pytest.mark.parametrize(
    "damage",
    [lambda d: b"", lambda d: b"GIF89a nonsense", lambda d: d[: len(d) // 2], lambda d: d[:20]],
    ids=["nothing", "nonsense", "half a file", "a header"],
)
def test_refuses_damaged_files(own_inks: list[OwnInk], damage: Callable[[bytes], bytes]) -> None:
    image = _encode(_draw(own_inks[0].strokes))
    decode_upload(image)
    assert _get_refusal_code(damage(image)) == "unreadable"


def test_refuses_other_formats(own_inks: list[OwnInk]) -> None:
    image = _draw(own_inks[0].strokes)
    assert {_get_refusal_code(_encode(image, kind)) for kind in ("GIF", "BMP", "TIFF")} == {
        "unreadable"
    }


@pytest.mark.parametrize("paper", [WHITE, BLACK, (120, 130, 110), (0, 0, 0, 0), (9, 9, 9, 90)])
def test_refuses_a_blank_image(paper: tuple[int, ...]) -> None:
    blank = Image.new("RGBA" if len(paper) == 4 else "RGB", (280, 280), paper)
    assert _get_refusal_code(_encode(blank)) == "empty"
    assert _get_refusal_code(_encode(blank.crop((0, 0, 1, 1)))) == "empty"


def test_refuses_a_photo_of_blank_paper() -> None:
    rng = np.random.default_rng(4)
    paper = 190 + 40 * np.linspace(0, 1, 300)[None, :, None] + rng.normal(0, 5, (200, 300, 3))
    blank = Image.fromarray(paper.clip(0, 255).astype(np.uint8))

    assert _get_refusal_code(_encode(blank, "JPEG")) == "empty"


def test_real_handwriting_is_recognized_as_well_as_strokes(
    handwriting: Path, predictor: Predictor
) -> None:
    rng = np.random.default_rng(5)
    inks = load_pen("validation")[:300]
    labels = [ink.label for ink in inks]
    images = []
    for ink in inks:
        height = rng.uniform(40, 260)
        pen = rng.uniform(4, max(4.1, min(36, height / 5)))
        position = tuple(rng.uniform(0, 279 - height, 2).tolist())
        images.append(_encode(_draw(ink.strokes, height=height, pen=pen, position=position)))
    image_accuracy = _compute_accuracy(_predict_digits(predictor, images), labels)
    predictions = predictor.predict_many([ink.strokes for ink in inks])
    stroke_accuracy = _compute_accuracy([prediction.digit for prediction in predictions], labels)

    assert image_accuracy >= stroke_accuracy - 0.01


def _compute_accuracy(digits: list[int | None], labels: list[int]) -> float:
    return sum(a == b for a, b in zip(digits, labels, strict=True)) / len(labels)

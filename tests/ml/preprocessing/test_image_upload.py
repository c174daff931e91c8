"""A picture of a digit, however it was made, comes to the form of strokes; others are refused."""

import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.data.datasets import load_pen
from ml.inference.predictor import Predictor
from ml.preprocessing.image_upload import MAX_PIXELS, UnreadableImage, decode_upload
from ml.preprocessing.rasterize import rasterize
from ml.preprocessing.types import Strokes
from tests.ml.conftest import OwnInk

pytestmark = pytest.mark.slow

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def _draw(
    strokes: Strokes,
    *,
    height: float = 160,
    pen: float = 10,
    place: tuple[float, float] = (60, 50),
    size: tuple[int, int] = (280, 280),
    ink: tuple[int, ...] = BLACK,
    paper: tuple[int, ...] = WHITE,
) -> Image.Image:
    """The drawing with its upper left corner at `place`, its longer side `height` pixels."""
    lines = [np.array([point[:2] for point in stroke], dtype=float) for stroke in strokes]
    points = np.concatenate(lines)
    scale = (height - pen) / np.ptp(points, axis=0).max()
    picture = Image.new("RGBA" if len(paper) == 4 else "RGB", size, paper)
    draw = ImageDraw.Draw(picture)
    for line in lines:
        placed = (line - points.min(axis=0)) * scale + place + np.array(pen / 2)
        draw.line([tuple(p) for p in placed.tolist()], fill=ink, width=round(pen), joint="curve")
        for x, y in placed[[0, -1]].tolist():
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=ink)
    return picture


def _encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _refusal(data: bytes) -> str:
    with pytest.raises(UnreadableImage) as refused:
        decode_upload(data)
    assert str(refused.value).endswith(".")
    return refused.value.code


def _answers(predictor: Predictor, pictures: list[bytes]) -> list[int | None]:
    rasters = np.stack([decode_upload(data) for data in pictures])
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
def test_it_reads_own_digits_in_any_colours(
    own_inks: list[OwnInk],
    predictor: Predictor,
    kind: str,
    ink: tuple[int, ...],
    paper: tuple[int, ...],
) -> None:
    pictures = [_encode(_draw(own.strokes, ink=ink, paper=paper), kind) for own in own_inks[::2]]

    assert _answers(predictor, pictures) == [own.label for own in own_inks[::2]]


def test_it_is_close_to_what_strokes_give(own_inks: list[OwnInk]) -> None:
    differences = []
    for own in own_inks:
        read = decode_upload(_encode(_draw(own.strokes, height=200, pen=22)))
        assert read.shape == (28, 28)
        differences.append(np.abs(read.astype(int) - rasterize(own.strokes)).mean())

    assert np.mean(differences) < 5


@pytest.mark.parametrize(
    ("height", "pen"), [(40, 4), (40, 8), (100, 4), (140, 30), (260, 4), (260, 36)]
)
def test_size_and_pen_do_not_matter(
    own_inks: list[OwnInk], predictor: Predictor, height: float, pen: float
) -> None:
    pictures = [
        _encode(_draw(own.strokes, height=height, pen=pen, place=(8, 9))) for own in own_inks
    ]
    right = sum(
        a == own.label for a, own in zip(_answers(predictor, pictures), own_inks, strict=True)
    )

    assert right >= len(own_inks) - 1


@pytest.mark.parametrize("ink", [(0, 0, 0, 255), (255, 255, 255, 255), (200, 0, 90, 180)])
def test_ink_on_a_transparent_canvas(
    own_inks: list[OwnInk], predictor: Predictor, ink: tuple[int, ...]
) -> None:
    pictures = [_encode(_draw(own.strokes, ink=ink, paper=(0, 0, 0, 0))) for own in own_inks]

    assert _answers(predictor, pictures) == [own.label for own in own_inks]


def test_uneven_light_noise_and_specks(own_inks: list[OwnInk], predictor: Predictor) -> None:
    rng = np.random.default_rng(3)
    light = np.linspace(0.5, 1, 280)[None, :, None] * np.linspace(0.8, 1, 280)[:, None, None]
    pictures = []
    for own in own_inks:
        clean = np.asarray(_draw(own.strokes, ink=(60, 60, 70), paper=(235, 230, 220)), dtype=float)
        noisy = clean * light + rng.normal(0, 6, clean.shape)
        for row, column in rng.integers(0, 277, (12, 2)).tolist():
            noisy[row : row + 3, column : column + 3] = 20
        pictures.append(_encode(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), "JPEG"))

    assert _answers(predictor, pictures) == [own.label for own in own_inks]


def test_it_turns_a_photo_upright_by_its_exif(own_inks: list[OwnInk], predictor: Predictor) -> None:
    orientation = Image.Exif()
    orientation[0x0112] = 6  # shown after a quarter turn clockwise
    upright = [_draw(own.strokes) for own in own_inks]
    lying = [_encode(p.rotate(90, expand=True), "JPEG", exif=orientation) for p in upright]

    assert _answers(predictor, lying) == [own.label for own in own_inks]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_any_pixel_mode(own_inks: list[OwnInk], predictor: Predictor, mode: str) -> None:
    def convert(picture: Image.Image) -> Image.Image:
        if mode == "I;16":
            return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        return picture.convert(mode)

    kind = "JPEG" if mode == "CMYK" else "PNG"
    pictures = [_encode(convert(_draw(own.strokes)), kind) for own in own_inks[:4]]

    assert _answers(predictor, pictures) == [own.label for own in own_inks[:4]]


def test_a_megapixel_is_read_and_more_is_refused(own_inks: list[OwnInk]) -> None:
    picture = _draw(own_inks[2].strokes, size=(1000, 1000), height=40, pen=5)
    assert picture.width * picture.height == MAX_PIXELS
    assert decode_upload(_encode(picture)).max() > 200

    assert _refusal(_encode(picture.resize((1001, 1000)))) == "too_large"


def test_the_size_is_checked_before_decoding() -> None:
    """A header that promises 40,000 x 40,000 pixels, and no data behind it."""
    data = bytearray(_encode(Image.new("L", (8, 8))))
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    header = data[12:29]
    data[29:33] = zlib.crc32(bytes(header)).to_bytes(4, "big")

    assert _refusal(bytes(data)) == "too_large"


@pytest.mark.parametrize(
    "damage",
    [lambda d: b"", lambda d: b"GIF89a nonsense", lambda d: d[: len(d) // 2], lambda d: d[:20]],
    ids=["nothing", "nonsense", "half a file", "a header"],
)
def test_damaged_files_are_unreadable(
    own_inks: list[OwnInk], damage: Callable[[bytes], bytes]
) -> None:
    good = _encode(_draw(own_inks[0].strokes))
    decode_upload(good)
    assert _refusal(damage(good)) == "unreadable"


def test_other_formats_are_unreadable(own_inks: list[OwnInk]) -> None:
    picture = _draw(own_inks[0].strokes)
    assert {_refusal(_encode(picture, kind)) for kind in ("GIF", "BMP", "TIFF")} == {"unreadable"}


@pytest.mark.parametrize("paper", [WHITE, BLACK, (120, 130, 110), (0, 0, 0, 0), (9, 9, 9, 90)])
def test_a_blank_picture_is_empty(paper: tuple[int, ...]) -> None:
    blank = Image.new("RGBA" if len(paper) == 4 else "RGB", (280, 280), paper)
    assert _refusal(_encode(blank)) == "empty"
    assert _refusal(_encode(blank.crop((0, 0, 1, 1)))) == "empty"


def test_a_photo_of_blank_paper_is_empty() -> None:
    rng = np.random.default_rng(4)
    paper = 190 + 40 * np.linspace(0, 1, 300)[None, :, None] + rng.normal(0, 5, (200, 300, 3))
    blank = Image.fromarray(paper.clip(0, 255).astype(np.uint8))

    assert _refusal(_encode(blank, "JPEG")) == "empty"


def test_real_hands_in_bitmaps_are_read_as_well_as_strokes(
    handwriting: Path, predictor: Predictor
) -> None:
    rng = np.random.default_rng(5)
    inks = load_pen("validation")[:300]
    labels = [ink.label for ink in inks]
    pictures = []
    for ink in inks:
        height = rng.uniform(40, 260)
        pen = rng.uniform(4, max(4.1, min(36, height / 5)))
        place = tuple(rng.uniform(0, 279 - height, 2).tolist())
        pictures.append(_encode(_draw(ink.strokes, height=height, pen=pen, place=place)))
    by_picture = _share_right(_answers(predictor, pictures), labels)
    predictions = predictor.predict_many([ink.strokes for ink in inks])
    by_strokes = _share_right([prediction.digit for prediction in predictions], labels)

    assert by_picture >= by_strokes - 0.01


def _share_right(answers: list[int | None], labels: list[int]) -> float:
    return sum(a == b for a, b in zip(answers, labels, strict=True)) / len(labels)

"""Metadata of uploaded pictures: removed, and never a reason to refuse a picture."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ml.inference.predictor import Predictor, load_predictor
from ml.preprocessing.uploaded_image_to_raster import UnreadableImage, decode_upload
from recognizer.drawings.picture_metadata import MAX_BLOCKS, MAX_JPEG_SCANS
from recognizer.drawings.validate_and_store_picture import CannotReadPicture, parse_picture

RELEASE = Path(__file__).resolve().parents[3] / "ml" / "weights" / "inknet"
TEXT_CHUNKS = [b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"]
COLOUR_CHUNKS = [b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"bKGD", b"tRNS"]
OTHER_CHUNKS = [b"pHYs", b"acTL", b"fcTL", b"fdAT", b"abCd"]
DAMAGED = [b"", b"\x00", b"MM", b"II*\x00\xff\xff\xff\xff", bytes(3), b"x" * 200]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return load_predictor(RELEASE, "cpu")


def _one(mode: str = "RGB") -> Image.Image:
    """Return a black 1 on white."""
    image = Image.new("RGB", (200, 200), "white")
    image.paste("black", (90, 25, 110, 175))
    return image.convert(mode)


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _chunk(kind: bytes, body: bytes, *, length: int | None = None, damage: int = 0) -> bytes:
    checksum = zlib.crc32(kind + body) ^ damage
    return (
        struct.pack(">I", len(body) if length is None else length)
        + kind
        + body
        + struct.pack(">I", checksum)
    )


def _insert_png_chunk(chunk: bytes, *, before: bytes = b"IDAT", picture: bytes = b"") -> bytes:
    content = picture or _encode(_one(), "PNG")
    position = content.index(before) - 4
    return content[:position] + chunk + content[position:]


def _insert_segment(marker: int, body: bytes) -> bytes:
    content = _encode(_one(), "JPEG")
    return content[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + content[2:]


def _decide(predictor: Predictor, content: bytes) -> tuple[str, int | None]:
    raster = decode_upload(_strip(content))
    [prediction] = predictor.predict_rasters(raster[None])
    return prediction.decision, prediction.digit


def _strip(content: bytes) -> bytes:
    return parse_picture(content).content


@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
@pytest.mark.parametrize("kind", [*TEXT_CHUNKS, *COLOUR_CHUNKS, *OTHER_CHUNKS])
def test_damaged_png_chunks_are_ignored(kind: bytes, before: bytes) -> None:
    for body in DAMAGED:
        for damage in (0, 1):
            chunk = _chunk(kind, body, damage=damage)
            assert _strip(_insert_png_chunk(chunk, before=before)) == _strip(_encode(_one(), "PNG"))


def test_a_png_may_end_in_a_chunk_that_is_cut_off() -> None:
    content = _encode(_one(), "PNG")
    for end in (_chunk(b"tEXt", b"x", length=900), b"", content[-12:-3], content[-12:] + b"more"):
        assert _strip(content[:-12] + end) == _strip(content)


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE], ids=hex)
def test_damaged_jpeg_segments_are_ignored(marker: int) -> None:
    names = [b"", b"JFIF\x00", b"Exif\x00\x00", b"ICC_PROFILE\x00", b"MPF\x00", b"Adobe"]
    names += [b"Photoshop 3.0\x008BIM", b"http://ns.adobe.com/xap/1.0/\x00"]
    for name in names:
        for body in DAMAGED[:5]:
            assert _strip(_insert_segment(marker, name + body)) == _strip(_encode(_one(), "JPEG"))


@pytest.mark.parametrize("kind", [b"EXIF", b"ICCP", b"XMP ", b"ABCD"])
@pytest.mark.parametrize("lossless", [False, True])
def test_damaged_webp_chunks_are_ignored(kind: bytes, lossless: bool) -> None:
    picture = _encode(_one("RGBA"), "WEBP", exif=bytes(9), lossless=lossless)
    for body in DAMAGED:
        for length in (len(body), 9_999):
            content = picture + kind + struct.pack("<I", length) + body
            content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
            assert _strip(content) == _strip(picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_with_damaged_metadata_is_recognized(predictor: Predictor, kind: str) -> None:
    assert _decide(predictor, _encode(_one(), kind, exif=b"MM")) == ("digit", 1)
    assert _decide(predictor, _encode(_one(), kind, icc_profile=b"MM")) == ("digit", 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_only_the_orientation_is_kept(predictor: Predictor, kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "secret"
    content = _encode(_one(), kind, exif=exif)
    parsed = _strip(content)
    assert b"secret" in content
    assert b"secret" not in parsed
    assert _strip(parsed) == parsed
    assert Image.open(io.BytesIO(parsed)).getexif().get(0x0112, 1) == orientation
    expected = ("digit", 1) if orientation < 5 else ("not_a_digit", None)
    assert _decide(predictor, content) == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("options", [{}, {"compress_level": 0}, {"optimize": True}], ids=str)
def test_pixels_stay_the_same(predictor: Predictor, mode: str, options: dict[str, object]) -> None:
    image = _one("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "secret " * 9)
    content = _encode(image, "PNG", pnginfo=info, **options)
    parsed = _strip(content)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(parsed)) as after:
        assert (before.mode, before.tobytes()) == (after.mode, after.tobytes())
    assert _decide(predictor, content) == ("digit", 1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {"save_all": True}),
        ("WEBP", {"save_all": True}),
        ("MPO", {"save_all": True}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"restart_marker_blocks": 2}),
    ],
)
def test_the_first_picture_of_several_counts(
    predictor: Predictor, kind: str, options: dict[str, object]
) -> None:
    later = Image.new("RGB", (200, 200), "white")
    more = {"append_images": [later, later]} if "save_all" in options else {}
    assert _decide(predictor, _encode(_one(), kind, **options, **more)) == ("digit", 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("missing", [0.2, 0.5, 0.9])
def test_a_picture_without_its_end_is_unreadable(kind: str, missing: float) -> None:
    content = _encode(_one(), kind)
    try:
        decode_upload(_strip(content[: -int(missing * len(content))]))
    except (CannotReadPicture, UnreadableImage) as refused:
        code = refused.code
    assert code == "unreadable"


@pytest.mark.parametrize("missing", [1, 2, 3, 10, 100])
def test_a_jpeg_without_its_last_bytes_is_unreadable(missing: int) -> None:
    assert _refusal_code(_encode(_one(), "JPEG")[:-missing]) == "unreadable"


def test_refuses_files_that_cost_far_more_than_their_size() -> None:
    many_chunks = _insert_png_chunk(_chunk(b"tEXt", b"") * MAX_BLOCKS)
    two_headers = _insert_png_chunk(_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0)))
    jpeg = _encode(_one(), "JPEG")
    many_segments = jpeg[:2] + b"\xff\xfe\x00\x02" * MAX_BLOCKS + jpeg[2:]
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    many_scans = jpeg[:-2] + scan * MAX_JPEG_SCANS + jpeg[-2:]
    for content in (many_chunks, two_headers, many_segments, many_scans):
        assert _refusal_code(content) == "unreadable"


def _refusal_code(content: bytes) -> str:
    with pytest.raises(CannotReadPicture) as refused:
        parse_picture(content)
    return refused.value.code

"""POST drawings/ with a picture: header and size are checked, nothing is decoded."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django.fixtures import Settings

from recognizer.drawings.validate_and_store_picture import parse_picture
from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code

pytestmark = pytest.mark.usefixtures("pipeline")


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def _picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, kind, **more)
    return file.getvalue()


def _upload(content: bytes, name: str = "digit.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _png_of(width: int, height: int) -> bytes:
    """Return the header of a grey PNG of this size, without its pixels."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 0, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    pixels = struct.pack(">I4s", 20, b"IDAT") + bytes(24)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum + pixels


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\x00\x00" + bytes(500)}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\x00\x00" + bytes(500)}),
    ],
)
def test_reads_the_size_from_every_file_header(kind: str, more: dict[str, Any]) -> None:
    header = parse_picture(_picture(kind, **more))
    assert (header.width, header.height) == (40, 30)
    assert header.suffix == {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[kind]


def test_stores_a_picture_under_a_generated_name(owner_api: ApiClient, owner: User) -> None:
    content = _picture("JPEG")
    response = owner_api.form("drawings/", image=_upload(content, "../../etc/passwd.php"))
    drawing = Drawing.objects.get()
    assert response.status_code == 202
    assert response.json() == {"id": str(drawing.pk), "status": "queued"}
    assert (drawing.owner, drawing.ink) == (owner, "")
    name = drawing.picture.name or ""
    assert name.startswith("pictures/")
    assert name.endswith(".jpg")
    assert "passwd" not in name
    with default_storage.open(name) as file:
        assert file.read() == content


def test_repeated_picture_and_ref_is_the_same_drawing(owner_api: ApiClient) -> None:
    ref, content = str(uuid4()), _picture()
    ids = {
        owner_api.form("drawings/", image=_upload(content), ref=ref).json()["id"] for _ in range(2)
    }
    assert len(ids) == 1
    assert _stored_files() == 1


def test_other_picture_with_the_same_ref_is_a_conflict(owner_api: ApiClient) -> None:
    ref = str(uuid4())
    owner_api.form("drawings/", image=_upload(_picture()), ref=ref)
    again = owner_api.form("drawings/", image=_upload(_picture(size=(9, 9))), ref=ref)
    assert problem_code(again) == (409, "conflict")
    assert _stored_files() == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"GIF89a" + bytes(100), 415, "unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported"),
        (b"\x89PNG\r\n\x1a\n", 400, "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), 400, "unreadable"),
        (b"\xff\xd8\xff", 400, "unreadable"),
        (b"\xff\xd8\xff\xe0\x00\x00" + bytes(40), 400, "unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", 400, "unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBPABCD" + bytes(40), 400, "unreadable"),
        (_png_of(1001, 1000), 413, "too_large"),
        (_png_of(2**31, 2**31), 413, "too_large"),
        (_png_of(0, 10), 400, "unreadable"),
        (_png_of(10, 10) + bytes(5 * 2**20), 413, "too_large"),
    ],
    ids=lambda case: repr(case)[:24],
)
def test_refuses_invalid_and_large_pictures(
    owner_api: ApiClient, content: bytes, status: int, code: str
) -> None:
    response = owner_api.form("drawings/", image=_upload(content))
    assert problem_code(response) == (status, code)
    assert not Drawing.objects.exists()
    assert _stored_files() == 0


def test_refuses_a_large_form_by_its_declared_length(owner_api: ApiClient) -> None:
    response = owner_api.client.generic(
        "POST",
        "/api/v1/drawings/",
        b"--x",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(2**30),
    )
    assert problem_code(response) == (413, "too_large")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"image": "text"},
        {"image": _upload(_png_of(9, 9)), "owner": "1"},
        {"image": _upload(_png_of(9, 9)), "second": _upload(b"x")},
        {"image": _upload(_png_of(9, 9)), "ref": "mine"},
    ],
    ids=lambda fields: ",".join(fields) or "nothing",
)
def test_refuses_a_form_with_unknown_fields(owner_api: ApiClient, fields: dict[str, Any]) -> None:
    assert problem_code(owner_api.form("drawings/", **fields)) == (400, "invalid")
    assert not Drawing.objects.exists()


def test_refuses_a_truncated_form(owner_api: ApiClient) -> None:
    response = owner_api.client.post(
        "/api/v1/drawings/", b"--x\r\nnothing", content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 400
    no_boundary = owner_api.client.post(
        "/api/v1/drawings/", b"--x", content_type="multipart/form-data"
    )
    assert no_boundary.status_code == 400


def test_anonymous_users_upload_nothing(anonymous_api: ApiClient) -> None:
    response = anonymous_api.form("drawings/", image=_upload(_picture()))
    assert problem_code(response) == (401, "not_authenticated")
    assert _stored_files() == 0


def _stored_files() -> int:
    return sum(path.is_file() for path in Path(site.MEDIA_ROOT).rglob("*"))

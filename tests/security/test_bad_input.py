"""Invalid, foreign and oversized input over sockets and HTTP."""

import io
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path
from struct import pack
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES, make_recognized_drawing
from tests.fixtures.socket_client import SocketClient
from tests.fixtures.users import SignIn
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

SIDE = 13_000


@pytest.fixture
def owner_api(
    web: WebProcess, owner: User, sign_in: SignIn, settings: Settings, tmp_path: Path
) -> ApiClient:
    settings.MEDIA_ROOT = tmp_path
    return ApiClient(sign_in(owner))


def _png_bomb() -> bytes:
    """Return a valid PNG of 169 million white pixels in 20 kB."""
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(b"\0" + b"\xff" * (SIDE // 8)) for _ in range(SIDE))
    parts = [
        (b"IHDR", pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)),
        (b"IDAT", rows + packed.flush()),
        (b"IEND", b""),
    ]
    chunks = (
        pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("seven.png", b"\x89PNG\r\n\x1a\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (_png_bomb(), 413, "too_large"),
        (_zip(), 415, "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + _zip(), 400, "unreadable"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported"),
    ],
    ids=["bomb", "zip", "zip after a PNG's first bytes", "SVG"],
)
def test_refuses_the_picture_without_decoding_it(
    owner_api: ApiClient, content: bytes, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("it was decoded"))
    upload = SimpleUploadedFile("seven.png", content, "image/png")
    assert problem_code(owner_api.form("drawings/", image=upload)) == (status, code)
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "image/png", "application/x-www-form-urlencoded", ""]
)
@pytest.mark.parametrize("path", ["drawings/", "drawings/batch/"])
def test_refuses_another_content_type(owner_api: ApiClient, path: str, kind: str) -> None:
    response = owner_api.client.post(
        f"/api/v1/{path}", b'{"strokes": [[[1,2]]]}', content_type=kind
    )
    assert response.status_code in (400, 415)
    assert not Drawing.objects.exists()


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_refuses_numbers_that_are_not_finite(
    owner_api: ApiClient, socket_client: SocketClient, number: str
) -> None:
    strokes = f'{{"strokes": [[[{number}, 1]]], "ref": "{uuid4()}"'
    response = owner_api.client.post("/api/v1/drawings/", strokes + "}", "application/json")
    assert problem_code(response) == (400, "bad_json")
    socket_client.socket.send(strokes + ', "type": "draw", "revision": 1}')
    assert socket_client.receive("error")["code"] == "bad_json"
    assert socket_client.can_store_drawing()
    assert Drawing.objects.count() == 1


def test_stores_nothing_for_a_foreign_origin(owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, "recognizer.accounts.authentication_backend.UsernameOrEmailBackend")
    body = {"strokes": STROKES}
    for expected in ((403, "permission_denied"), (401, "not_authenticated")):
        headers = {"Origin": "https://elsewhere.example"}
        response = browser.post("/api/v1/drawings/", body, "application/json", headers=headers)
        assert problem_code(response) == expected
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "owner",
        "owner_id",
        "status",
        "prediction",
        "ground_truth",
        "label",
        "claim",
        "created_at",
    ],
)
def test_ignores_fields_that_users_may_not_set(
    owner_api: ApiClient, outsider: User, field: str
) -> None:
    body = {"strokes": STROKES, field: outsider.pk}
    assert problem_code(owner_api.post("drawings/", body)) == (400, "invalid")
    assert problem_code(owner_api.post("drawings/batch/", [body])) == (400, "invalid")
    assert not Drawing.objects.exists()


def test_ignores_unknown_fields_of_a_message(
    socket_client: SocketClient, owner: User, outsider: User
) -> None:
    socket_client.draw(
        owner=outsider.pk, owner_id=outsider.pk, status="recognized", id=str(uuid4())
    )
    drawing = Drawing.objects.get(pk=socket_client.receive("queued")["id"])
    assert (drawing.owner, drawing.status) == (owner, "queued")


@pytest.mark.parametrize(("filter", "value"), [("colour", "red"), ("owner", "1"), ("status", "x")])
def test_refuses_an_unknown_filter(owner_api: ApiClient, filter: str, value: str) -> None:
    assert problem_code(owner_api.get("drawings/", **{filter: value})) == (400, "invalid")


def test_refuses_changes_to_drawings_of_other_users(
    socket_client: SocketClient, outsider: User
) -> None:
    foreign_drawing = make_recognized_drawing(outsider)
    socket_client.send(type="claim", id=str(foreign_drawing.pk), claim=3)
    assert socket_client.receive("error")["code"] == "not_found"
    socket_client.draw(ref=str(foreign_drawing.ref), revision=9)
    assert socket_client.receive("queued")["id"] != str(foreign_drawing.pk)
    foreign_drawing.refresh_from_db()
    assert (foreign_drawing.claim, foreign_drawing.revision, foreign_drawing.status) == (
        None,
        1,
        "recognized",
    )


def test_an_older_revision_is_stale(socket_client: SocketClient) -> None:
    ref = socket_client.draw(revision=3)
    socket_client.receive("queued")
    socket_client.draw(ref=ref, revision=2)
    assert socket_client.receive("error")["code"] == "stale"
    socket_client.draw(ref=ref, revision=3, strokes=[[[9, 9]]])
    assert socket_client.receive("error")["code"] == "conflict"
    assert Drawing.objects.get().revision == 3
    assert socket_client.can_store_drawing()


@pytest.mark.parametrize("ending", ["expired", "erased", "password", "inactive"])
def test_sockets_close_when_their_session_ends(
    socket_client: SocketClient,
    web: WebProcess,
    owner: User,
    outsider: User,
    cookie: Cookie,
    ending: str,
) -> None:
    with web.connect(cookie(outsider)) as other:
        other.receive("hello")
        _end_session(ending, owner)
        assert socket_client.close_code(within_s=5) == 4401
        assert other.can_store_drawing()


def test_signing_out_closes_sockets_within_two_seconds(
    web: WebProcess, owner: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.SOCKET_AUTH_INTERVAL_S = 60
    browser = sign_in(owner)
    name = settings.SESSION_COOKIE_NAME
    with web.connect(f"{name}={browser.cookies[name].value}") as socket_client:
        socket_client.receive("hello")
        assert socket_client.can_store_drawing()
        browser.post("/accounts/logout/")
        assert socket_client.close_code(within_s=2) == 4401


def _end_session(ending: str, owner: User) -> None:
    key = next(
        s.pk for s in Session.objects.all() if s.get_decoded()["_auth_user_id"] == str(owner.pk)
    )
    session: Any = Session.objects.filter(pk=key)
    if ending == "expired":
        session.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif ending == "erased":
        session.delete()
    elif ending == "password":
        owner.set_password("another-long-password")
        owner.save()
    else:
        User.objects.filter(pk=owner.pk).update(is_active=False)

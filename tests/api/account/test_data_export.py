"""POST me/export/: all data of a user, streamed."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.test import AsyncClient, Client
from PIL import Image
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.accounts.data_export import export_account
from recognizer.models import NOT_A_DIGIT_LABEL, Label, LabelKind, LabelSource, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES, make_drawing, make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn


def _archive(content: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def _lines(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read("drawings.jsonl").splitlines()]


@pytest.mark.django_db
def test_zip_has_all_data_of_the_user(
    owner_api: ApiClient, owner: User, outsider: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("pictures/aa/x.jpg", ContentFile(b"a picture"))
    first = make_recognized_drawing(owner, minutes_ago=3, claim=5)
    picture = make_recognized_drawing(owner, minutes_ago=2, ink="", picture=name)
    binned = make_drawing(owner, minutes_ago=1, deleted_at=owner.date_joined)
    make_recognized_drawing(outsider)
    key = create_token(user=owner, name="script").key
    SocialAccount.objects.create(user=owner, provider="sso", uid="of the provider")
    create_token(user=outsider, name="other")
    response = owner_api.post("me/export/", {"password": PASSWORD})
    assert response["Content-Type"] == "application/zip"
    assert "attachment" in response["Content-Disposition"]
    archive = _archive(response.getvalue())
    lines = _lines(archive)
    assert [line["id"] for line in lines] == [str(one.pk) for one in (first, picture, binned)]
    assert lines[0]["strokes"] == STROKES
    assert [prediction["digit"] for prediction in lines[0]["predictions"]] == [3]
    assert [label["label"] for label in lines[0]["labels"]] == [5]
    seen = Image.open(io.BytesIO(archive.read(f"rasters/{first.pk}.png")))
    assert (seen.size, seen.tobytes()) == ((28, 28), bytes(range(28)) * 28)
    assert archive.read(f"pictures/{picture.pk}.jpg") == b"a picture"
    account = json.loads(archive.read("account.json"))
    assert (account["username"], account["email"]) == ("owner", "owner@example.org")
    assert [token["name"] for token in account["tokens"]] == ["script"]
    assert [one["id"] for one in account["provider_accounts"]] == ["of the provider"]
    actions = [event["action"] for event in account["audit_events"]]
    assert actions == ["token_created", "data_exported"]
    everything = b"".join(archive.read(entry) for entry in archive.namelist())
    assert key.encode() not in everything
    assert owner.password.encode() not in everything


@pytest.mark.django_db
def test_lost_upload_is_omitted(owner: User) -> None:
    drawing = make_recognized_drawing(owner, ink="", picture="pictures/lost.png")
    archive = _archive(b"".join(export_account(owner)))
    assert [line["id"] for line in _lines(archive)] == [str(drawing.pk)]
    assert f"pictures/{drawing.pk}.png" not in archive.namelist()


@pytest.mark.django_db
@pytest.mark.both_databases
def test_reads_rows_in_batches_without_gaps(
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr("recognizer.accounts.data_export.ROW_BATCH_SIZE", 3)
    moment = make_recognized_drawing(owner).created_at
    for _ in range(7):
        make_recognized_drawing(owner, created_at=moment)
    with django_assert_max_num_queries(35):  # two passes of four pages, four queries each, and 3
        archive = _archive(b"".join(export_account(owner)))
    assert len({line["id"] for line in _lines(archive)}) == 8


@pytest.mark.django_db
def test_has_own_reviews_without_data_of_others(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.accounts.data_export.ROW_BATCH_SIZE", 1)
    foreign_drawing, own = (
        make_recognized_drawing(owner, claim=5),
        make_recognized_drawing(reviewer, claim=7),
    )
    common = {"author": reviewer, "revision": 1, "source": LabelSource.PAGE}
    Label.objects.create(drawing=foreign_drawing, kind=LabelKind.REVIEW, value=4, **common)
    Label.objects.create(
        drawing=foreign_drawing, kind=LabelKind.GOLD, value=NOT_A_DIGIT_LABEL, **common
    )
    Label.objects.create(drawing=own, kind=LabelKind.CLAIM, value=8, **common)
    archive = _archive(b"".join(export_account(reviewer)))
    lines = [json.loads(line) for line in archive.read("reviews.jsonl").splitlines()]
    assert {frozenset(line) for line in lines} == {
        frozenset(("drawing", "item", "revision", "kind", "value", "created_at"))
    }
    assert {line["drawing"] for line in lines} == {str(foreign_drawing.pk)}
    assert [(line["kind"], line["value"]) for line in lines] == [
        ("review", 4),
        ("review", "not_a_digit"),
    ]


@pytest.mark.django_db
def test_sends_chunks_before_the_end(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizer.accounts.data_export.ROW_BATCH_SIZE", 1)
    for _ in range(5):
        make_recognized_drawing(owner)
    pieces = list(export_account(owner))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


@pytest.mark.django_db(transaction=True)
async def test_response_is_streamed_under_asgi(owner: User) -> None:
    client = AsyncClient()
    await client.aforce_login(
        owner, "recognizer.accounts.authentication_backend.UsernameOrEmailBackend"
    )
    response = await client.post(
        "/api/v1/me/export/", {"password": PASSWORD}, content_type="application/json"
    )
    assert response.is_async  # type: ignore[attr-defined]  # only streaming responses have it
    content = b"".join([piece async for piece in response])  # type: ignore[attr-defined]
    assert "account.json" in _archive(content).namelist()
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"password": "wrong"}, {"password": f"{PASSWORD} "}])
def test_needs_the_password(owner_api: ApiClient, owner: User, body: dict[str, str]) -> None:
    program = ApiClient(
        Client(), Authorization=f"Token {create_token(user=owner, name='script').key}"
    )
    for api in (owner_api, program):
        assert problem_code(api.post("me/export/", body)) == (400, "not_confirmed")


@pytest.mark.django_db
@pytest.mark.parametrize("password", [" blanks around ", "ends in a blank ", "\ttab"])
def test_accepts_a_password_with_blanks(
    owner_api: ApiClient, owner: User, sign_in: SignIn, password: str
) -> None:
    owner.set_password(password)
    owner.save()
    api = ApiClient(sign_in(owner))
    assert api.post("me/export/", {"password": password}).status_code == 200
    assert api.delete("me/", {"confirm": "owner", "password": password}).status_code == 204

"""Requests of a page whose user is no longer the one who is signed in store and show nothing."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognizer.models import Drawing, Label, User
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn

pytestmark = pytest.mark.django_db

STROKES = [[[1, 1, 0], [2, 2, 9]]]
Send = Callable[[Client, Drawing, dict[str, str]], Any]


def _json(method: str, path: str, body: object = None) -> Send:
    def send(client: Client, drawing: Drawing, headers: dict[str, str]) -> Any:
        address = f"/api/v1/{path.format(id=drawing.pk)}"
        return client.generic(method, address, _dump(body), "application/json", headers=headers)

    return send


def _dump(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def _upload(client: Client, drawing: Drawing, headers: dict[str, str]) -> Any:
    image = SimpleUploadedFile("picture.png", b"\x89PNG\r\n\x1a\n", "image/png")
    body = {"image": image, "ref": str(uuid4())}
    return client.post("/api/v1/drawings/", body, headers=headers)


def _page(path: str) -> Send:
    def send(client: Client, drawing: Drawing, headers: dict[str, str]) -> Any:
        return client.get(path.format(id=drawing.pk), headers=headers)

    return send


REQUESTS: dict[str, Send] = {
    "draw": _json("POST", "drawings/", {"strokes": STROKES}),
    "batch": _json("POST", "drawings/batch/", [{"strokes": STROKES}]),
    "upload": _upload,
    "claim": _json("POST", "drawings/{id}/claim/", {"claim": 3}),
    "remove claim": _json("POST", "drawings/{id}/claim/", {"claim": None}),
    "delete": _json("DELETE", "drawings/{id}/"),
    "restore": _json("POST", "drawings/{id}/restore/"),
    "review label": _json("POST", "review/{id}/", {"choice": 3}),
    "undo review label": _json("POST", "review/{id}/", {"choice": "undo"}),
    "next review item": _json("GET", "review/next/"),
    "bulk label": _json("POST", "review/relabel/", {"ids": ["{id}"], "label": 3}),
    "undo bulk label": _json("POST", "review/relabel/undo/", {"events": [1]}),
    "delete account": _json("DELETE", "me/", {"confirm": "admin", "password": PASSWORD}),
    "list": _json("GET", "drawings/"),
    "detail": _json("GET", "drawings/{id}/"),
    "history": _page("/history/"),
    "history items": _page("/history/cards/?id={id}"),
    "drawing page": _page("/history/{id}/"),
    "review grid": _page("/review/all/"),
}


@pytest.fixture
def drawing(admin: User) -> Drawing:
    """A drawing of the user who is signed in, so that only the page's user is wrong."""
    return make_recognized_drawing(admin)


@pytest.mark.parametrize("send", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("page_user", ["previous", "no number"])
def test_refuses_the_request_of_another_users_page(
    owner: User, admin: User, sign_in: SignIn, drawing: Drawing, send: Send, page_user: str
) -> None:
    named = str(owner.pk) if page_user == "previous" else "owner"

    response = send(sign_in(admin), drawing, {"X-Page-User": named})

    assert (response.status_code, response.json()["code"]) == (409, "other_user")
    assert "admin" in response.json()["detail"]
    assert list(Drawing.objects.values_list("pk", "claim", "deleted_at")) == [
        (drawing.pk, None, None)
    ]
    assert not Label.objects.exists()
    assert User.objects.filter(pk=admin.pk).exists()


@pytest.mark.parametrize("name", ["claim", "delete", "list", "history", "drawing page"])
def test_accepts_the_request_of_the_users_own_page(
    admin: User, sign_in: SignIn, drawing: Drawing, name: str
) -> None:
    response = REQUESTS[name](sign_in(admin), drawing, {"X-Page-User": str(admin.pk)})

    assert response.status_code in (200, 204)


@pytest.mark.parametrize("name", ["draw", "claim", "delete", "review label", "list"])
def test_signed_out_request_is_not_authenticated(
    owner: User, anonymous: Client, drawing: Drawing, name: str
) -> None:
    response = REQUESTS[name](anonymous, drawing, {"X-Page-User": str(owner.pk)})

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


FORMS = {
    "label": ("/history/{id}/label/", {"label": "3"}),
    "delete": ("/history/{id}/delete/", {}),
    "consent": ("/accounts/settings/consent/", {"may_teach": "on"}),
    "token": ("/accounts/settings/tokens/", {"name": "x"}),
    "password": ("/accounts/password/change/", {"oldpassword": PASSWORD}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_form_of_another_users_page_is_refused(
    owner: User, admin: User, drawing: Drawing, form: tuple[str, dict[str, str]]
) -> None:
    """Signing in changes the CSRF token, so that a form needs no other proof."""
    browser = Client(enforce_csrf_checks=True)
    _sign_in_by_form(browser, owner)
    token_of_owner = _form_token(browser, "/accounts/settings/")
    browser.post("/accounts/logout/", {"csrfmiddlewaretoken": token_of_owner})
    _sign_in_by_form(browser, admin)
    path, fields = form

    response = browser.post(
        path.format(id=drawing.pk), {**fields, "csrfmiddlewaretoken": token_of_owner}
    )

    assert response.status_code == 403
    page = response.content.decode()
    assert 'data-error="csrf_failed"' in page
    assert "signed in as admin" in page
    drawing.refresh_from_db()
    assert (drawing.claim, drawing.deleted_at) == (None, None)


def _sign_in_by_form(browser: Client, user: User) -> None:
    token = _form_token(browser, "/accounts/login/")
    fields = {"login": user.username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post("/accounts/login/", fields).status_code == 302


def _form_token(browser: Client, path: str) -> str:
    return str(browser.get(path).context["csrf_token"])

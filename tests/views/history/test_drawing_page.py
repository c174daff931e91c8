"""The page of one drawing, and its forms for browsers without JavaScript."""

import uuid

import pytest
from django.test import Client

from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, Promotion, User
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn


def test_shows_all_predictions_and_labels(owner: User, sign_in: SignIn) -> None:
    drawing = make_recognized_drawing(owner, digit=3, claim=8)
    served_before = make_model_version("lenet", "cd" * 32)
    Promotion.objects.create(model=served_before, reason="The first.")
    other = make_recognized_drawing(owner, digit=5, model=served_before).predictions.get()
    other.drawing = drawing
    other.save()

    page = sign_in(owner).get(f"/history/{drawing.id}/").content.decode()

    assert 'data-predicted-label="3" data-claimed-label="8"' in page
    assert 'data-is-wrong="true"' in page
    for ref in ("inknet@abababababab", "lenet@cdcdcdcdcdcd"):
        assert f'data-model="{ref}"' in page
    assert page.count("data:image/png;base64,") == 3
    assert "[[[0, 0, 0], [0, 10, 40], [1, 20, 80]], [[-3, 4, 300], [0, 0, 350]]]" in page


def test_drawing_without_prediction_shows_its_status(owner: User, sign_in: SignIn) -> None:
    queued = make_drawing(owner)
    failed = make_drawing(owner, status="failed", error="worker_died")
    browser = sign_in(owner)

    for drawing in (queued, failed):
        page = browser.get(f"/history/{drawing.id}/").content.decode()
        assert f'data-no-prediction="{drawing.status}"' in page


@pytest.mark.parametrize("path", ["", "label/", "delete/", "restore/"])
def test_drawing_of_another_user_is_not_found(
    owner: User, outsider: User, sign_in: SignIn, path: str
) -> None:
    drawing = make_recognized_drawing(owner)
    method = "post" if path else "get"
    address = f"/history/{drawing.id}/{path}"

    foreign = getattr(sign_in(outsider), method)(address, {"label": "4"})
    anonymous = getattr(Client(), method)(address, {"label": "4"})
    unknown = getattr(sign_in(owner), method)(f"/history/{uuid.uuid4()}/{path}", {"label": "4"})

    assert (foreign.status_code, anonymous.status_code, unknown.status_code) == (404, 302, 404)
    assert 'data-error="not_found"' in foreign.content.decode()
    drawing.refresh_from_db()
    assert (drawing.claim, drawing.deleted_at) == (None, None)


@pytest.mark.parametrize(
    ("label", "claim"), [("0", 0), ("9", 9), ("not_a_digit", NOT_A_DIGIT_LABEL), ("", None)]
)
def test_label_is_saved_and_redirects_to_the_drawing(
    owner: User, sign_in: SignIn, label: str, claim: int | None
) -> None:
    drawing = make_recognized_drawing(owner, claim=7)

    response = sign_in(owner).post(f"/history/{drawing.id}/label/", {"label": label})

    assert (response.status_code, response["Location"]) == (302, f"/history/{drawing.id}/")
    drawing.refresh_from_db()
    assert drawing.claim == claim
    newest = drawing.labels.order_by("-id")[0]
    assert (newest.value, newest.source, drawing.labels.count()) == (claim, "page", 2)


@pytest.mark.parametrize("label", ["10", "-1", "seven", "7.0", "\x00", "9" * 5000])
def test_refuses_an_invalid_label(owner: User, sign_in: SignIn, label: str) -> None:
    drawing = make_recognized_drawing(owner)

    response = sign_in(owner).post(f"/history/{drawing.id}/label/", {"label": label})

    assert response.status_code == 400
    assert 'data-error="bad_request"' in response.content.decode()
    assert drawing.labels.count() == 0


def test_deletion_can_be_undone_from_the_history(owner: User, sign_in: SignIn) -> None:
    drawing, browser = make_recognized_drawing(owner), sign_in(owner)

    page = browser.post(f"/history/{drawing.id}/delete/", follow=True)
    assert f'action="/history/{drawing.id}/restore/"' in page.content.decode()
    assert Drawing.objects.get().deleted_at is not None
    assert browser.get(f"/history/{drawing.id}/").status_code == 404

    page = browser.post(f"/history/{drawing.id}/restore/", follow=True)
    assert page.status_code == 200
    assert Drawing.objects.get().deleted_at is None


def test_changes_require_a_csrf_token(owner: User, sign_in: SignIn) -> None:
    drawing = make_recognized_drawing(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = sign_in(owner).cookies

    response = browser.post(f"/history/{drawing.id}/delete/")

    assert response.status_code == 403
    assert 'data-error="csrf_failed"' in response.content.decode()
    assert browser.get(f"/history/{drawing.id}/delete/").status_code == 405
    assert Drawing.objects.get().deleted_at is None

"""The page of one drawing, and its forms for browsers without JavaScript."""

import uuid

import pytest
from django.test import Client

from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, Promotion, User
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn


def test_it_tells_every_answer_and_every_label(owner: User, sign_in: SignIn) -> None:
    drawing = make_recognized_drawing(owner, digit=3, claim=8)
    served_before = make_model_version("lenet", "cd" * 32)
    Promotion.objects.create(model=served_before, reason="The first.")
    other = make_recognized_drawing(owner, digit=5, model=served_before).predictions.get()
    other.drawing = drawing
    other.save()

    page = sign_in(owner).get(f"/history/{drawing.id}/").content.decode()

    assert "You said 8" in page
    for told in ("inknet", "abababababab", "lenet", "cdcdcdcdcdcd", "and wrong"):
        assert told in page
    assert page.count("data:image/png;base64,") == 3
    assert "[[[0, 0, 0], [0, 10, 40], [1, 20, 80]], [[-3, 4, 300], [0, 0, 350]]]" in page


def test_one_without_an_answer_says_so(owner: User, sign_in: SignIn) -> None:
    queued = make_drawing(owner)
    failed = make_drawing(owner, status="failed", error="worker_died")
    browser = sign_in(owner)

    assert b"No answer yet" in browser.get(f"/history/{queued.id}/").content
    assert b"Reading this drawing failed" in browser.get(f"/history/{failed.id}/").content


@pytest.mark.parametrize("path", ["", "label/", "delete/", "restore/"])
def test_another_persons_drawing_is_not_there(
    owner: User, outsider: User, sign_in: SignIn, path: str
) -> None:
    drawing = make_recognized_drawing(owner)
    method = "post" if path else "get"
    address = f"/history/{drawing.id}/{path}"

    theirs = getattr(sign_in(outsider), method)(address, {"label": "4"})
    nobodys = getattr(Client(), method)(address, {"label": "4"})
    nowhere = getattr(sign_in(owner), method)(f"/history/{uuid.uuid4()}/{path}", {"label": "4"})

    assert (theirs.status_code, nobodys.status_code, nowhere.status_code) == (404, 302, 404)
    assert "There is nothing here" in theirs.content.decode()
    drawing.refresh_from_db()
    assert (drawing.claim, drawing.deleted_at) == (None, None)


@pytest.mark.parametrize(
    ("label", "claim"), [("0", 0), ("9", 9), ("not_a_digit", NOT_A_DIGIT_LABEL), ("", None)]
)
def test_saying_what_it_is_leads_back_to_it(
    owner: User, sign_in: SignIn, label: str, claim: int | None
) -> None:
    drawing = make_recognized_drawing(owner, claim=7)

    answer = sign_in(owner).post(f"/history/{drawing.id}/label/", {"label": label})

    assert (answer.status_code, answer["Location"]) == (302, f"/history/{drawing.id}/")
    drawing.refresh_from_db()
    assert drawing.claim == claim
    newest = drawing.labels.order_by("-id")[0]
    assert (newest.value, newest.source, drawing.labels.count()) == (claim, "page", 2)


@pytest.mark.parametrize("label", ["10", "-1", "seven", "7.0", "\x00", "9" * 5000])
def test_nonsense_is_no_label(owner: User, sign_in: SignIn, label: str) -> None:
    drawing = make_recognized_drawing(owner)

    answer = sign_in(owner).post(f"/history/{drawing.id}/label/", {"label": label})

    assert answer.status_code == 400
    assert "We did not understand that" in answer.content.decode()
    assert drawing.labels.count() == 0


def test_a_deletion_can_be_taken_back_from_the_page_it_leads_to(
    owner: User, sign_in: SignIn
) -> None:
    drawing, browser = make_recognized_drawing(owner), sign_in(owner)

    page = browser.post(f"/history/{drawing.id}/delete/", follow=True)
    assert f'action="/history/{drawing.id}/restore/"' in page.content.decode()
    assert Drawing.objects.get().deleted_at is not None
    assert browser.get(f"/history/{drawing.id}/").status_code == 404

    page = browser.post(f"/history/{drawing.id}/restore/", follow=True)
    assert page.status_code == 200
    assert Drawing.objects.get().deleted_at is None


def test_the_changes_ask_for_the_sites_own_form(owner: User, sign_in: SignIn) -> None:
    drawing = make_recognized_drawing(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = sign_in(owner).cookies

    answer = browser.post(f"/history/{drawing.id}/delete/")

    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()
    assert browser.get(f"/history/{drawing.id}/delete/").status_code == 405
    assert Drawing.objects.get().deleted_at is None

"""The internal username of a guest appears on no page and in no message for visitors."""

import pytest
from django.test import Client

from recognizer.accounts.guests import USERNAME_PREFIX
from recognizer.models import User
from tests.api.factories import make_recognized_drawing

pytestmark = pytest.mark.django_db

PAGES = ["/", "/history/", "/how-it-works/", "/models/", "/accounts/login/", "/accounts/logout/"]


@pytest.mark.parametrize("path", [*PAGES, "/accounts/signup/", "/missing/"])
def test_no_page_names_a_guest(visitor: Client, guest: User, path: str) -> None:
    make_recognized_drawing(guest, claim=4)

    assert USERNAME_PREFIX not in visitor.get(path).content.decode()


def test_the_page_of_another_guest_is_refused_without_a_name(visitor: Client, guest: User) -> None:
    response = visitor.get("/api/v1/drawings/", headers={"X-Page-User": str(guest.pk + 1)})

    assert (response.status_code, response.json()["code"]) == (409, "other_user")
    assert USERNAME_PREFIX not in response.content.decode()
    assert "  " not in response.json()["detail"]


def test_an_expired_form_names_no_guest(visitor: Client, guest: User) -> None:
    response = visitor.post("/accounts/logout/")

    assert response.status_code == 403
    assert 'data-error="csrf_failed"' in response.content.decode()
    assert USERNAME_PREFIX not in response.content.decode()

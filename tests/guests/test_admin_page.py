"""Guests on the admin site."""

import pytest

from recognizer.accounts.guests import create_guest, delete_expired_guests
from recognizer.models import User
from tests.fixtures.users import SignIn, confirm_password

pytestmark = pytest.mark.django_db


def test_an_admin_deactivates_a_guest_which_is_then_deleted(admin: User, sign_in: SignIn) -> None:
    guest = create_guest()
    browser = confirm_password(sign_in(admin))
    path = f"/admin/recognizer/user/{guest.pk}/change/"

    page = browser.get(path).content.decode()
    assert guest.username in page
    assert 'name="username"' not in page
    response = browser.post(path, {"username": "other"})

    assert response.status_code == 302
    guest.refresh_from_db()
    assert (guest.is_active, guest.is_guest, guest.username != "other") == (False, True, True)
    assert delete_expired_guests() == 1
    assert not User.objects.filter(pk=guest.pk).exists()


def test_an_admin_gives_a_guest_no_role_and_no_password(admin: User, sign_in: SignIn) -> None:
    guest = create_guest()
    browser = confirm_password(sign_in(admin))
    groups = list(admin.groups.values_list("pk", flat=True))
    path = f"/admin/recognizer/user/{guest.pk}/"

    browser.post(f"{path}change/", {"is_active": "on", "groups": groups})
    browser.post(f"{path}password/", {"password1": "a-long-one-5", "password2": "a-long-one-5"})

    guest.refresh_from_db()
    assert guest.is_active
    assert not guest.groups.exists()
    assert not guest.has_usable_password()

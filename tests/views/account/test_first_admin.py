"""The first admin: the file of the password goes at sign-in, and a new password is required."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from digitsite.launcher.first_admin import create_first_admin
from recognizer.models import User

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another-long-password"


def test_generated_password_is_used_once(settings: Settings, tmp_path: Path) -> None:
    cache.clear()
    settings.STATE_DIR = tmp_path
    password = create_first_admin(tmp_path)
    assert password
    browser = Client()
    browser.post("/accounts/login/", {"login": "admin", "password": password})
    assert not (tmp_path / "admin-password").exists()
    for path in ("/", "/admin/", "/accounts/settings/"):
        assert browser.get(path)["Location"] == "/accounts/password/change/"
    assert browser.get("/api/v1/me/").status_code == 403
    form = {"oldpassword": password, "password1": password, "password2": password}
    browser.post("/accounts/password/change/", form)
    assert User.objects.get().must_change_password
    form |= {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert browser.post("/accounts/password/change/", form).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert create_first_admin(tmp_path) is None

"""Names of cookies, which browsers send to all ports of a host."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import SignIn

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "from digitsite.settings import *;"
    " print(SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, KNOWN_DEVICE_COOKIE_NAME)"
)


def cookie_names(**site: str) -> list[str]:
    keep = ("PATH", "HOME", "DIGITSITE_HOME")
    environment = {name: value for name, value in os.environ.items() if name in keep}
    run = [sys.executable, "-c", CODE]
    return subprocess.check_output(run, cwd=ROOT, env={**environment, **site}, text=True).split()


@pytest.mark.parametrize(
    "sites",
    [
        ({"PORT": "8110"}, {"PORT": "8111"}),
        ({"ORIGINS": "http://a"}, {"ORIGINS": "http://a:8080"}),
        (
            {"HTTPS": "true", "ORIGINS": "https://a.b"},
            {"HTTPS": "true", "ORIGINS": "https://a.b:8443"},
        ),
    ],
)
def test_two_sites_on_one_host_share_no_cookie(sites: tuple[dict[str, str], ...]) -> None:
    first, second = (cookie_names(**site) for site in sites)
    assert not set(first) & set(second)
    assert len(set(first)) == 3


def test_https_cookies_are_bound_to_the_host() -> None:
    names = cookie_names(HTTPS="true", ORIGINS="https://a.b")
    assert names[:2] == ["__Host-sessionid-443", "__Host-csrftoken-443"]


@pytest.mark.django_db
def test_every_cookie_of_the_site_has_its_port(
    owner: User, sign_in: SignIn, anonymous: Client
) -> None:
    browser = sign_in(owner)
    for path in ("/", "/accounts/email/", "/history/"):
        browser.get(path)
    browser.post("/accounts/email/", {"action_add": "", "email": "a@b.example"})
    browser.post("/accounts/logout/")
    anonymous.post("/accounts/login/", {"login": owner.username, "password": "wrong"})
    names = {*browser.cookies, *anonymous.cookies}
    assert names
    assert all(name.endswith("-8000") for name in names)


@pytest.mark.django_db
def test_pages_name_the_cookie_for_scripts(owner: User, sign_in: SignIn) -> None:
    page = sign_in(owner).get("/").content.decode()
    assert f'data-csrf-cookie="{settings.CSRF_COOKIE_NAME}"' in page

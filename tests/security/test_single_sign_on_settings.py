"""Settings of the sign-in with OpenID Connect: none, incomplete ones, and no other sign-in."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from digitsite.oidc_settings import read_oidc_settings
from digitsite.typed_env import Environment
from recognizer.models import User
from tests.fixtures.single_sign_on import LOGIN, SignOn
from tests.fixtures.users import PASSWORD, SignIn


def test_reports_a_provider_that_does_not_respond(
    configure_provider: Callable[..., None], anonymous: Client, db: None
) -> None:
    configure_provider(OIDC_ISSUER="http://127.0.0.1:1")
    response = anonymous.get(LOGIN)
    assert response.status_code == 503
    assert b'data-sign-in-failed="unavailable"' in response.content


def test_without_settings_there_is_no_provider(anonymous: Client, db: None) -> None:
    assert anonymous.get(LOGIN).status_code == 404
    assert b"data-single-sign-on" not in anonymous.get("/accounts/login/").content


@pytest.fixture
def only_provider(sign_on: SignOn, settings: Settings) -> None:
    settings.LOCAL_SIGN_IN = settings.SIGNUP_OPEN = False


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/2fa/webauthn/login/",
    ],
)
@pytest.mark.usefixtures("only_provider")
def test_local_passwords_can_be_switched_off(sign_in: SignIn, owner: User, path: str) -> None:
    assert sign_in(owner).get(path).status_code == 404
    browser = Client()
    page = browser.get("/accounts/login/")
    assert b"data-single-sign-on" in page.content
    assert b'name="password"' not in page.content
    fields = {"login": owner.username, "password": PASSWORD}
    assert browser.post("/accounts/login/", fields).status_code == 404
    assert not browser.login(username=owner.username, password=PASSWORD)


@pytest.mark.usefixtures("only_provider")
def test_users_of_the_provider_sign_in_without_passwords(sign_on: SignOn) -> None:
    browser = sign_on("u12", preferred_username="ada").browser
    assert browser.get("/accounts/settings/").status_code == 200


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"OIDC_ISSUER": "https://id.example"}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": "x"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://id.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "id.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://user:pass@id.example"}, "OIDC_ISSUER"),
    ],
)
def test_refuses_incomplete_settings(variables: dict[str, str], name: str) -> None:
    env = Environment(variables)
    read_oidc_settings(env)
    assert any(name in error for error in env.errors)
    assert "pass" not in "".join(env.errors)

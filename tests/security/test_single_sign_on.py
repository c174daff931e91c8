"""Sign-in with OpenID Connect, against a running provider."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django.fixtures import Settings

from digitsite.oidc_settings import read_oidc_settings
from digitsite.typed_env import Environment
from recognizer.accounts.guests import create_guest
from recognizer.models import Drawing, User
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import find_free_port, wait_until
from tests.fixtures.users import PASSWORD, SignIn, confirm_email, confirm_password
from tests.pipeline.factories import make_submission, store_drawings

LOGIN = "/accounts/oidc/sso/login/"
SOLE_ADMIN_GROUPS = {"OIDC_ADMIN_GROUPS": "site-admins", "OIDC_REVIEWER_GROUPS": "teachers, staff"}

SignOn = Callable[..., Any]


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the issuer of a running provider that accepts every client and user."""
    port = find_free_port()
    log = tmp_path_factory.mktemp("provider") / "log"
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    issuer = f"http://localhost:{port}"
    try:
        wait_until(lambda: responds(issuer), within_s=10, what=lambda: log.read_text())
        yield issuer
    finally:
        process.kill()
        process.wait()


def responds(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """Return a function that sets the settings from environment variables."""

    def set_from(**variables: str) -> None:
        source = {
            "OIDC_CLIENT_ID": "digitsite",
            "OIDC_CLIENT_SECRET": "a-secret",
            "OIDC_NAME": "Example School",
            **variables,
        }
        env = Environment(source)
        found = read_oidc_settings(env)
        assert env.errors == []
        settings.SOCIALACCOUNT_PROVIDERS = found.providers
        settings.OIDC_NAME = found.name
        settings.OIDC_GROUPS_CLAIM = found.groups_claim
        settings.OIDC_ROLE_GROUPS = found.role_groups

    return set_from


@pytest.fixture
def sign_on(provider: str, configure: Callable[..., None], db: None) -> SignOn:
    """Return a function that signs a user of the provider in, as a browser does."""
    configure(OIDC_ISSUER=provider)

    def run(sub: str, client: Client | None = None, query: str = "", **claims: Any) -> Any:
        requests.put(f"{provider}/users/{sub}", json=claims, timeout=deadline(5)).raise_for_status()
        browser = client or Client()
        begun = browser.get(LOGIN + query)
        assert begun["Location"].startswith(provider)
        answer = requests.post(
            begun["Location"], data={"sub": sub}, allow_redirects=False, timeout=deadline(5)
        )
        callback = urlsplit(answer.headers["Location"])
        response: Any = browser.get(f"{callback.path}?{callback.query}")
        response.browser = browser
        return response

    return run


def user_of(response: Any) -> User:
    return User.objects.get(pk=response.browser.session["_auth_user_id"])


def test_creates_an_account_at_the_first_sign_in(sign_on: SignOn) -> None:
    response = sign_on(
        "u1", preferred_username="Ada", email="ada@school.example", email_verified=True
    )
    user = user_of(response)
    assert (user.username, user.has_usable_password(), user.may_teach) == ("Ada", False, False)
    assert EmailAddress.objects.get(user=user).verified
    assert user_of(sign_on("u1", preferred_username="Renamed")) == user
    user.refresh_from_db()
    assert user.username == "Ada"


def test_returns_to_the_page_that_required_it(sign_on: SignOn) -> None:
    response = sign_on("u1", query="?next=/history/", preferred_username="ada")
    assert response["Location"] == "/history/"


@pytest.mark.parametrize(
    ("claims", "username"),
    [
        ({"preferred_username": "owner"}, "owner2"),
        ({"preferred_username": "OWNER"}, "OWNER2"),
        ({"preferred_username": "ada@school.example"}, "ada"),
        ({"email": "ada@school.example"}, "ada"),
        ({"preferred_username": "admin"}, "user"),
        ({"preferred_username": "a b\x00<c>"}, "abc"),
        ({}, "user"),
    ],
)
def test_chooses_a_free_valid_username(
    sign_on: SignOn, owner: User, claims: dict[str, Any], username: str
) -> None:
    user = user_of(sign_on("u2", **claims))
    assert (user.username, user == owner) == (username, False)


@pytest.mark.parametrize(
    ("is_confirmed_here", "is_verified_there", "is_same"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_joins_an_account_with_the_same_confirmed_address(
    sign_on: SignOn, owner: User, is_confirmed_here: bool, is_verified_there: bool, is_same: bool
) -> None:
    if is_confirmed_here:
        confirm_email(owner)
    else:
        EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    claims = {"email": owner.email, "email_verified": is_verified_there}
    assert (user_of(sign_on("u3", **claims)) == owner) is is_same
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (["pupils"], set()),
        (["teachers"], {"reviewer"}),
        (["staff", "site-admins"], {"reviewer", "admin"}),
        ("site-admins", {"admin"}),
        ([7, None, {}], set()),
        (None, set()),
    ],
)
def test_groups_give_and_take_roles(
    sign_on: SignOn,
    configure: Callable[..., None],
    provider: str,
    admin: User,
    groups: Any,
    expected: set[str],
) -> None:
    configure(OIDC_ISSUER=provider, **SOLE_ADMIN_GROUPS)
    user = user_of(sign_on("u4", preferred_username="ada", groups=["teachers", "site-admins"]))
    assert user.roles == {"reviewer", "admin"}
    claims = {} if groups is None else {"groups": groups}
    user = user_of(sign_on("u4", preferred_username="ada", **claims))
    assert user.roles == expected
    assert user.is_staff is user.is_superuser is ("admin" in expected)


def test_reads_groups_of_a_nested_claim(
    sign_on: SignOn, configure: Callable[..., None], provider: str
) -> None:
    configure(
        OIDC_ISSUER=provider, OIDC_GROUPS_CLAIM="realm_access.roles", OIDC_REVIEWER_GROUPS="t"
    )
    assert user_of(sign_on("u5", realm_access={"roles": ["t"]})).roles == {"reviewer"}


def test_roles_without_groups_in_the_settings_stay(sign_on: SignOn, reviewer: User) -> None:
    confirm_email(reviewer)
    user = user_of(sign_on("u6", email=reviewer.email, email_verified=True, groups=["other"]))
    assert user.roles == {"reviewer"}


def test_the_last_admin_stays_an_admin(
    sign_on: SignOn, configure: Callable[..., None], provider: str, admin: User
) -> None:
    configure(OIDC_ISSUER=provider, **SOLE_ADMIN_GROUPS)
    confirm_email(admin)
    user = user_of(sign_on("u7", email=admin.email, email_verified=True, groups=[]))
    assert (user, user.is_admin) == (admin, True)


def test_moves_the_drawings_of_a_guest(sign_on: SignOn, sign_in: SignIn) -> None:
    guest = create_guest()
    store_drawings(make_submission(guest))
    user = user_of(sign_on("u8", sign_in(guest), preferred_username="ada"))
    assert not user.is_guest
    assert Drawing.objects.get().owner == user


def test_a_deactivated_user_stays_outside(sign_on: SignOn) -> None:
    user = user_of(sign_on("u9", preferred_username="ada"))
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = sign_on("u9", preferred_username="ada")
    assert "_auth_user_id" not in response.browser.session


def test_connects_and_disconnects_an_account(sign_on: SignOn, sign_in: SignIn, owner: User) -> None:
    browser = confirm_password(sign_in(owner))
    sign_on("u10", browser, "?process=connect", preferred_username="ada")
    account = SocialAccount.objects.get(user=owner)
    assert b'data-connection="u10"' in browser.get("/accounts/3rdparty/").content
    browser.post("/accounts/3rdparty/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_keeps_the_only_way_to_sign_in(sign_on: SignOn) -> None:
    browser = sign_on("u11", preferred_username="ada").browser
    account = SocialAccount.objects.get()
    browser.post("/accounts/3rdparty/", {"account": account.pk})
    assert SocialAccount.objects.exists()


@pytest.mark.parametrize("query", ["", "?error=server_error", "?code=x&state=forged"])
def test_refuses_a_forged_callback(sign_on: SignOn, query: str) -> None:
    browser = Client()
    response = browser.get(f"{LOGIN}callback/{query}")
    assert response.status_code == 401
    assert b"data-sign-in-failed" in response.content
    assert "_auth_user_id" not in browser.session


def test_a_code_is_of_one_browser(sign_on: SignOn, provider: str) -> None:
    begun = Client().get(LOGIN)
    answer = requests.post(
        begun["Location"], data={"sub": "thief"}, allow_redirects=False, timeout=deadline(5)
    )
    callback = urlsplit(answer.headers["Location"])
    victim = Client()
    assert victim.get(f"{callback.path}?{callback.query}").status_code == 401
    assert "_auth_user_id" not in victim.session


def test_reports_a_provider_that_does_not_respond(
    configure: Callable[..., None], anonymous: Client, db: None
) -> None:
    configure(OIDC_ISSUER="http://127.0.0.1:1")
    response = anonymous.get(LOGIN)
    assert response.status_code == 503
    assert b"data-sign-in-failed" in response.content


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

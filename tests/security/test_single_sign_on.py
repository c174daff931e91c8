"""Sign-in with OpenID Connect, against a running provider."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from recognizer.accounts.guests import create_guest
from recognizer.models import Drawing, User
from tests.fixtures.deadlines import deadline
from tests.fixtures.single_sign_on import LOGIN, SignOn
from tests.fixtures.users import PASSWORD, SignIn, confirm_email, confirm_password
from tests.pipeline.factories import make_submission, store_drawings

SOLE_ADMIN_GROUPS = {"OIDC_ADMIN_GROUPS": "site-admins", "OIDC_REVIEWER_GROUPS": "teachers, staff"}


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
    configure_provider: Callable[..., None],
    provider: str,
    admin: User,
    groups: Any,
    expected: set[str],
) -> None:
    configure_provider(OIDC_ISSUER=provider, **SOLE_ADMIN_GROUPS)
    user = user_of(sign_on("u4", preferred_username="ada", groups=["teachers", "site-admins"]))
    assert user.roles == {"reviewer", "admin"}
    claims = {} if groups is None else {"groups": groups}
    user = user_of(sign_on("u4", preferred_username="ada", **claims))
    assert user.roles == expected
    assert user.is_staff is user.is_superuser is ("admin" in expected)


def test_reads_groups_of_a_nested_claim(
    sign_on: SignOn, configure_provider: Callable[..., None], provider: str
) -> None:
    configure_provider(
        OIDC_ISSUER=provider, OIDC_GROUPS_CLAIM="realm_access.roles", OIDC_REVIEWER_GROUPS="t"
    )
    assert user_of(sign_on("u5", realm_access={"roles": ["t"]})).roles == {"reviewer"}


def test_roles_without_groups_in_the_settings_stay(sign_on: SignOn, reviewer: User) -> None:
    confirm_email(reviewer)
    user = user_of(sign_on("u6", email=reviewer.email, email_verified=True, groups=["other"]))
    assert user.roles == {"reviewer"}


def test_the_last_admin_stays_an_admin(
    sign_on: SignOn, configure_provider: Callable[..., None], provider: str, admin: User
) -> None:
    configure_provider(OIDC_ISSUER=provider, **SOLE_ADMIN_GROUPS)
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

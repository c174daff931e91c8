"""/admin/: changes ask for the password, and admins cannot change their own account there."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token
from recognizer.models import ApiToken, User
from tests.api.api_client import ApiClient
from tests.fixtures.users import PASSWORD, SignIn, confirm_email, confirm_password

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another-long-password"
NEW_PASSWORDS = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


def _path(row: Any, action: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


def _set_password_path(user: User) -> str:
    return reverse("admin:auth_user_password_change", args=[user.pk])


def _form_of(user: User, *roles: str) -> dict[str, Any]:
    groups = Group.objects.filter(name__in=roles).values_list("pk", flat=True)
    form = {"username": user.username, "email": user.email, "groups": list(groups)}
    return {**form, "is_active": "on"}


def _add_factor(user: User) -> Authenticator:
    factor: Authenticator = Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": "A" * 32}
    )
    return factor


def test_stolen_session_changes_nothing(admin: User, owner: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    token = create_token(user=owner, name="script").token
    address = EmailAddress.objects.create(user=owner, email="owner@example.org")
    factor = _add_factor(owner)
    delete = {"post": "yes"}
    requests = [
        (_path(owner), _form_of(owner, "admin")),
        (_set_password_path(owner), NEW_PASSWORDS),
        (_set_password_path(admin), NEW_PASSWORDS),
        (reverse("admin:recognizer_user_add"), {"username": "puppet", **NEW_PASSWORDS}),
        (_path(owner, "delete"), delete),
        (_path(token, "delete"), delete),
        (_path(factor, "delete"), delete),
        (_path(address, "delete"), delete),
        (_path(address), {"user": owner.pk, "email": "thief@example.org", "verified": "on"}),
        (
            reverse("admin:recognizer_user_changelist"),
            {"action": "delete_selected", "_selected_action": [owner.pk], **delete},
        ),
    ]
    for path, form in requests:
        answer = browser.post(path, form)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/accounts/reauthenticate/"), path
    assert set(User.objects.values_list("username", flat=True)) == {"admin", "owner"}
    assert all(user.check_password(PASSWORD) for user in User.objects.all())
    assert not User.objects.get(pk=owner.pk).is_admin
    assert (ApiToken.objects.count(), Authenticator.objects.count()) == (1, 1)
    assert EmailAddress.objects.get().email == "owner@example.org"


def test_confirmed_password_completes_the_suspended_change(
    admin: User, owner: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    refused = browser.post(_path(owner), _form_of(owner, "reviewer"))
    browser.post(refused["Location"], {"password": PASSWORD})
    assert User.objects.get(pk=owner.pk).is_reviewer


def test_reading_and_signing_out_do_not_ask(admin: User, owner: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    assert browser.get(_path(owner)).status_code == 200
    assert browser.post("/admin/logout/").status_code == 200


def test_admins_cannot_change_their_own_account(admin: User, owner: User, sign_in: SignIn) -> None:
    browser = confirm_password(sign_in(admin))
    factor = _add_factor(admin)
    browser.post(_path(admin), {**_form_of(owner), "username": "renamed", "is_active": ""})
    answer = browser.post(_set_password_path(admin), NEW_PASSWORDS)
    assert answer["Location"] == "/accounts/password/change/"
    for row in (admin, factor):
        assert browser.post(_path(row, "delete"), {"post": "yes"}).status_code == 403
    for table, pk in (("recognizer_user", admin.pk), ("mfa_authenticator", factor.pk)):
        chosen = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        assert browser.post(reverse(f"admin:{table}_changelist"), chosen).status_code == 403
    stored = User.objects.get(pk=admin.pk)
    assert (stored.username, stored.is_active, stored.is_admin) == ("admin", True, True)
    assert stored.check_password(PASSWORD)
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    page = browser.get("/admin/password_change/")
    assert page["Location"] == "/accounts/password/change/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["password", "factor", "deactivation"])
def test_change_by_an_admin_ends_the_sessions_and_tokens_of_the_user(
    admin: User, owner: User, sign_in: SignIn, change: str
) -> None:
    victim = sign_in(owner)
    key = create_token(user=owner, name="script").key
    browser = confirm_password(sign_in(admin))
    confirm_email(owner)
    if change == "deactivation":
        browser.post(_path(owner), {**_form_of(owner), "is_active": ""})
        browser.post(_path(owner), _form_of(owner))
        assert User.objects.get(pk=owner.pk).is_active
    elif change == "password":
        browser.post(_set_password_path(owner), {**NEW_PASSWORDS, "usable_password": "true"})
    else:
        browser.post(_path(_add_factor(owner), "delete"), {"post": "yes"})
    assert [message.to for message in mail.outbox] == [[owner.email]] * (change != "deactivation")
    assert victim.get("/accounts/settings/").status_code == 302
    assert ApiClient(Client(), Authorization=f"Token {key}").get("me/").status_code == 401
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize("source", ["fixture", "createsuperuser"])
def test_superuser_is_demoted(owner: User, admin: User, sign_in: SignIn, source: str) -> None:
    if source == "fixture":
        user = User.objects.create_superuser("chief", password=PASSWORD)
    else:
        call_command("createsuperuser", "--noinput", username="chief", email="c@example.org")
        user = User.objects.get(username="chief")
    assert (user.is_admin, user.is_staff, user.is_superuser) == (True, True, True)
    chief = sign_in(user)
    assert chief.get("/admin/").status_code == 200
    confirm_password(sign_in(admin)).post(_path(user), _form_of(user))
    user = User.objects.get(pk=user.pk)
    assert (user.is_admin, user.is_staff, user.is_superuser) == (False, False, False)
    assert chief.get("/admin/", follow=True).status_code == 403
    assert chief.get("/api/v1/training-runs/").status_code == 403


@pytest.mark.parametrize(
    ("required", "name", "path"),
    [
        (["admin"], "admin", "/admin/"),
        (["admin"], "admin", "/api/v1/training-runs/"),
        (["admin", "reviewer"], "reviewer", "/review/"),
        (["reviewer"], "reviewer", "/api/v1/review/drawings/"),
    ],
)
def test_role_needs_a_second_factor(
    request: pytest.FixtureRequest,
    settings: Settings,
    sign_in: SignIn,
    required: list[str],
    name: str,
    path: str,
) -> None:
    settings.MFA_REQUIRED_ROLES = required
    user = request.getfixturevalue(name)
    browser = sign_in(user)
    assert browser.get(path, follow=True).status_code == 403
    page = browser.get("/accounts/settings/").content.decode()
    assert re.search(r"data-needs-second-factor.*?/accounts/2fa/", page)
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    assert browser.get(path, follow=True).status_code == 403
    _add_factor(user)
    assert browser.get(path, follow=True).status_code == 200

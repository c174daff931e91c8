"""Traces of a deleted user outside the user's own rows."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model
from django.test import Client

from recognizer.accounts import trace_erasure
from recognizer.accounts.api_tokens import create_token
from recognizer.accounts.deletion import delete_account
from recognizer.mail.outbox import request_password_reset
from recognizer.models import OutgoingMail, User
from tests.fixtures.users import PASSWORD, SignIn, confirm_email

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "evamaria"


@pytest.fixture
def leaving(db: None) -> User:
    user = User.objects.create_user(NAME, f"{NAME}@example.org", PASSWORD)
    confirm_email(user)
    return user


@pytest.mark.parametrize("by_admin", [True, False])
def test_the_admin_log_keeps_no_name(
    leaving: User, admin: User, sign_in: SignIn, by_admin: bool
) -> None:
    token = create_token(user=leaving, name=f"laptop of {NAME}").token
    address = EmailAddress.objects.get(user=leaving)
    for row in (leaving, token, address, TOTP.activate(leaving, "A" * 32).instance):
        _log(admin, row, f"changed {leaving.email}")
    _log(admin, admin, "changed")

    if by_admin:
        browser = sign_in(admin)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        browser.post(f"/admin/recognizer/user/{leaving.pk}/delete/", {"post": "yes"})
    else:
        delete_account(user=leaving)

    assert not User.objects.filter(pk=leaving.pk).exists()
    entries = LogEntry.objects.values_list("object_repr", "change_message")
    assert NAME not in str(list(entries))
    assert entries.count() == 5 + by_admin
    assert ("admin", "changed") in entries


def test_the_admin_log_keeps_no_name_of_rows_that_were_removed_before(
    leaving: User, owner: User, admin: User
) -> None:
    removed = (
        EmailAddress.objects.create(user=leaving, email=f"old.{NAME}@example.org"),
        create_token(user=leaving, name=f"phone of {NAME}").token,
    )
    kept = create_token(user=owner, name="script").token
    for row in (*removed, kept):
        _log(admin, row, f"added {row}")
    for row in removed:
        row.delete()

    delete_account(user=leaving)

    entries = str(list(LogEntry.objects.values_list("object_repr", "change_message")))
    assert NAME not in entries
    assert str(kept) in entries


def test_no_session_keeps_the_name(leaving: User, owner: User) -> None:
    TOTP.activate(owner, "A" * 32)
    for user in (leaving, leaving, owner):
        _sign_in(user)
    TOTP.activate(leaving, "A" * 32)
    _sign_in(leaving)  # waits for the code
    other = Client()
    other.post("/accounts/login/", {"login": NAME, "password": "wrong"})

    delete_account(user=leaving)

    contents = [session.get_decoded() for session in Session.objects.all()]
    assert NAME not in str(contents)
    assert any("owner" in str(content) for content in contents)


def test_sessions_are_read_in_pages_without_a_cursor_of_the_server(
    leaving: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a transaction, PgBouncer may send the next page's query to another connection."""
    monkeypatch.setattr(trace_erasure, "SESSION_BATCH_SIZE", 2)
    for user in (leaving, owner, leaving, owner, leaving):
        _sign_in(user)
    monkeypatch.setattr(connection, "chunked_cursor", None)

    trace_erasure.delete_sessions(leaving)

    users = [session.get_decoded()[SESSION_KEY] for session in Session.objects.all()]
    assert users == [str(owner.pk)] * 2


def test_waiting_mails_are_deleted(leaving: User) -> None:
    request_password_reset(leaving.email.upper())
    request_password_reset("other@example.org")

    delete_account(user=leaving)

    assert [mail.recipients for mail in OutgoingMail.objects.all()] == [["other@example.org"]]


def _sign_in(user: User) -> None:
    response = Client().post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert response.status_code == 302


def _log(admin: User, row: Model, message: str) -> Any:
    return LogEntry.objects.create(
        user=admin,
        content_type=ContentType.objects.get_for_model(type(row)),
        object_id=str(row.pk),
        object_repr=str(row),
        action_flag=CHANGE,
        change_message=message,
    )

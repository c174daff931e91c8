"""The audit log: which actions it records, and its page."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.accounts.api_tokens import create_token, revoke_token
from recognizer.accounts.deletion import delete_account
from recognizer.accounts.guests import create_guest
from recognizer.audit.events import delete_expired_events
from recognizer.models import AuditEvent, User
from tests.api.api_client import ApiClient
from tests.fixtures.users import PASSWORD, SignIn, confirm_password
from tests.promotion.promote_and_roll_back import promote_two_and_roll_back

PAGE = "/admin/recognizer/auditevent/"


def newest() -> AuditEvent:
    event = AuditEvent.objects.first()
    assert event
    return event


def actions() -> list[str]:
    return [event.action for event in AuditEvent.objects.order_by("id")]


def test_records_a_sign_in_with_its_address(owner: User) -> None:
    browser = Client(headers={"User-Agent": "x"})
    browser.post("/accounts/login/", {"login": owner.username, "password": PASSWORD})
    event = newest()
    assert (event.action, event.actor, event.address) == ("signed_in", owner, "127.0.0.1")
    assert event.details == {"method": "local"}


def test_records_no_failed_sign_in(owner: User, anonymous: Client) -> None:
    anonymous.post("/accounts/login/", {"login": owner.username, "password": "wrong"})
    assert actions() == []


def test_records_roles_of_a_command(owner: User, roles: Any) -> None:
    call_command("set_role", owner.username, "reviewer", verbosity=0)
    event = newest()
    assert (event.action, event.target, event.object) == ("role_granted", owner, "reviewer")
    assert (event.actor, event.details) == (None, {"origin": "command or process"})
    owner.groups.clear()
    assert newest().action == "role_revoked"


def test_records_changes_in_the_admin_site(
    owner: User, admin: User, sign_in: SignIn, roles: Any
) -> None:
    browser = confirm_password(sign_in(admin))
    fields = {"username": owner.username, "groups": [roles["reviewer"].pk], "is_active": "on"}
    response = browser.post(f"/admin/recognizer/user/{owner.pk}/change/", fields)
    assert response.status_code == 302
    granted = AuditEvent.objects.get(action="role_granted", target=owner)
    changed = AuditEvent.objects.get(action="admin_changed")
    assert (granted.actor, granted.object) == (admin, "reviewer")
    assert (changed.actor, changed.target, changed.object) == (admin, owner, f"user {owner.pk}")
    assert owner.username not in str(changed.details)


def test_records_tokens_without_their_names(owner: User) -> None:
    token = create_token(user=owner, name="of my phone", days=30).token
    revoke_token(user=owner, token_id=token.pk)
    assert actions() == ["token_created", "token_revoked"]
    assert newest().object == f"token {token.pk}"
    assert not AuditEvent.objects.filter(details__icontains="phone").exists()


def test_records_promotions_and_rollbacks(admin: User) -> None:
    first, second = promote_two_and_roll_back(admin)
    events = AuditEvent.objects.filter(action="model_promoted").order_by("id")
    assert [event.details["kind"] for event in events] == ["first", "override", "rollback"]
    assert [event.object for event in events] == [f"model {m.ref}" for m in (first, second, first)]
    assert {event.actor for event in events} == {admin}


def test_records_exports_by_the_user_of_a_token(owner: User) -> None:
    key = create_token(user=owner, name="test").key
    api = ApiClient(Client(), Authorization=f"Token {key}")
    response = api.post("me/export/", {"password": PASSWORD})
    assert b"".join(response.streaming_content)
    assert (newest().action, newest().actor) == ("data_exported", owner)


def test_a_deleted_account_leaves_no_name_and_no_address(owner: User, admin: User) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": owner.username, "password": PASSWORD})
    id = owner.pk
    delete_account(user=owner)
    events = AuditEvent.objects.exclude(action="role_granted").order_by("id")
    assert [(event.action, event.actor, event.address) for event in events] == [
        ("signed_in", None, None),
        ("account_deleted", None, None),
    ]
    assert newest().object == f"user {id}"


def test_the_deletion_of_a_guest_is_no_event(db: None) -> None:
    delete_account(user=create_guest())
    assert actions() == []


def test_events_are_never_changed(owner: User) -> None:
    create_token(user=owner, name="test")
    event = newest()
    event.object = "forged"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_the_page_offers_no_change(owner: User, admin: User, sign_in: SignIn) -> None:
    create_token(user=owner, name="test")
    browser = confirm_password(sign_in(admin))
    path = f"{PAGE}{newest().pk}/"
    assert browser.get(f"{path}change/").status_code == 200
    assert browser.post(f"{path}change/", {"object": "x"}).status_code == 403
    assert browser.post(f"{path}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("?action=token_created", 1), ("?q=owner", 1), ("?q=outsider", 1), ("?q=nobody", 0)],
)
def test_the_page_has_filters_and_a_search(
    owner: User, outsider: User, admin: User, sign_in: SignIn, query: str, found: int
) -> None:
    others = 0 if query else AuditEvent.objects.count()
    create_token(user=owner, name="test")
    AuditEvent.objects.create(action="signed_in", actor=outsider)
    page = sign_in(admin).get(PAGE + query).content.decode()
    assert page.count('class="action-select"') == found + others


def test_exports_the_chosen_events_as_csv(owner: User, admin: User, sign_in: SignIn) -> None:
    create_token(user=owner, name="test")
    AuditEvent.objects.create(action="signed_in", actor=owner, object="=1+1")
    browser = confirm_password(sign_in(admin))
    fields = {"action": "export_as_csv", "select_across": "1", "_selected_action": newest().pk}
    response = browser.post(PAGE, fields)
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["action"], row["actor"], row["object"]) for row in rows[:2]] == [
        ("signed_in", "owner", "'=1+1"),
        ("token_created", "", f"token {owner.api_tokens.get().pk}"),
    ]


@pytest.mark.parametrize(("days", "left"), [(30, 1), (90, 2), (0, 2)])
def test_deletes_expired_events(owner: User, settings: Settings, days: int, left: int) -> None:
    settings.AUDIT_LOG_DAYS = days
    past = timezone.now() - timedelta(days=60)
    AuditEvent.objects.create(action="signed_in", actor=owner)
    AuditEvent.objects.create(action="signed_in", actor=owner, created_at=past)
    assert delete_expired_events() == 2 - left
    assert AuditEvent.objects.count() == left


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recognizer_auditevent SET action = 'signed_out'",
        "UPDATE recognizer_auditevent SET object = 'another'",
        "UPDATE recognizer_auditevent SET details = '{}'",
        "UPDATE recognizer_auditevent SET created_at = '2020-01-01 00:00:00+00:00'",
        "UPDATE recognizer_auditevent SET actor_id = target_id",
        "UPDATE recognizer_auditevent SET address = '192.0.2.9'",
        "DELETE FROM recognizer_auditevent",
    ],
)
def test_the_database_refuses_changes_of_events(owner: User, outsider: User, change: str) -> None:
    event = AuditEvent.objects.create(
        action="signed_in", actor=owner, target=outsider, address="192.0.2.1", details={"a": 1}
    )
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    event.refresh_from_db()
    assert (event.actor, event.details, event.address) == (owner, {"a": 1}, "192.0.2.1")


@pytest.mark.both_databases
def test_a_deleted_account_disappears_from_its_events(owner: User, outsider: User) -> None:
    AuditEvent.objects.create(
        action="role_granted", actor=owner, target=outsider, address="192.0.2.1"
    )
    delete_account(user=owner)
    event = AuditEvent.objects.get(action="role_granted")
    assert (event.actor, event.target, event.address) == (None, outsider, None)

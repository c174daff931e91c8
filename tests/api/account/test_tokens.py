"""API tokens and the command create_api_token."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.accounts.api_tokens import CannotMakeToken, create_token, list_tokens, revoke_token
from recognizer.models import ApiToken, User
from recognizer.permission_checked_lookups import NotFound
from tests.api.api_client import ApiClient, problem_code

pytestmark = pytest.mark.django_db


def _token_client(key: str) -> ApiClient:
    return ApiClient(Client(), Authorization=f"Token {key}")


def _run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_command_prints_a_token_and_stores_its_hash(owner: User) -> None:
    key = _run_command("owner", "--name", "my script", "--days", "7")
    token = ApiToken.objects.get()
    assert (token.user, token.name) == (owner, "my script")
    assert token.expires_at is not None
    assert token.expires_at - timezone.now() > timedelta(days=6)
    assert key not in str(list(ApiToken.objects.values()))
    assert _token_client(key).get("me/").json()["username"] == "owner"


@pytest.mark.parametrize(
    "arguments",
    [["nobody"], ["owner", "--days", "0"], ["owner", "--days", "99999"], ["owner", "--name", " "]],
)
def test_command_reports_invalid_arguments(owner: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=r"\.$"):
        _run_command(*arguments)
    assert not ApiToken.objects.exists()


def test_last_use_is_stored_once_a_minute(
    owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = _token_client(create_token(user=owner, name="script").key)
    with django_assert_num_queries(2):  # token with its user, note of its use
        program.get("models/nonsense/")
    with django_assert_num_queries(1):
        program.get("models/nonsense/")
    token = ApiToken.objects.get()
    assert token.last_used_at is not None
    assert token.last_used_at <= timezone.now()


def test_refuses_an_expired_token(owner: User) -> None:
    made = create_token(user=owner, name="script", days=1)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = _token_client(made.key).get("me/")
    assert problem_code(response) == (401, "authentication_failed")
    assert response["WWW-Authenticate"] == "Token"


def test_refuses_a_revoked_token(owner: User, outsider: User) -> None:
    made = create_token(user=owner, name="script")
    with pytest.raises(NotFound):
        revoke_token(user=outsider, token_id=made.token.pk)
    assert _token_client(made.key).get("me/").status_code == 200
    revoke_token(user=owner, token_id=made.token.pk)
    assert list(list_tokens(owner)) == []
    assert _token_client(made.key).get("me/").status_code == 401


def test_refuses_a_token_of_an_inactive_account(owner: User) -> None:
    program = _token_client(create_token(user=owner, name="script").key)
    User.objects.update(is_active=False)
    assert program.get("me/").status_code == 401


@pytest.mark.parametrize("key", ["", "nonsense", "é" * 5, "x" * 5000, "a b c"])
def test_refuses_malformed_tokens(owner: User, key: str) -> None:
    assert problem_code(_token_client(key).get("me/"))[0] == 401


def test_token_needs_no_csrf_token(owner: User) -> None:
    key = create_token(user=owner, name="script").key
    program = ApiClient(Client(enforce_csrf_checks=True), Authorization=f"Token {key}")
    assert problem_code(program.post("drawings/", {})) == (400, "invalid")


def test_limits_the_number_of_tokens(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognizer.accounts.api_tokens.MAX_TOKENS", 1)
    create_token(user=owner, name="first")
    with pytest.raises(CannotMakeToken, match="1 tokens already"):
        create_token(user=owner, name="second")

"""Authentication of sockets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from recognizer.accounts.api_tokens import create_token
from recognizer.models import ApiToken, User
from recognizer.realtime.authentication import (
    Identity,
    find_valid_identities,
    identify_session,
    identify_token,
)
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NAME = settings.SESSION_COOKIE_NAME


@pytest.fixture
def session_cookie_identity(owner: User, sign_in: SignIn) -> Identity:
    cookie = sign_in(owner).cookies[NAME].value
    identity = _identify(f"a=b; {NAME}={cookie}")
    assert identity is not None
    return identity


@pytest.fixture
def token_identity(owner: User) -> Identity:
    identity = identify_token(create_token(user=owner, name="program").key)
    assert identity is not None
    return identity


def _identify(cookie: str) -> Identity | None:
    headers = [(b"cookie", cookie.encode("latin-1"))]
    return identify_session({"path": "/ws/recognize/", "headers": headers})


def test_authenticates_by_session_and_by_token(
    owner: User, session_cookie_identity: Identity, token_identity: Identity
) -> None:
    assert session_cookie_identity.user_id == token_identity.user_id == owner.pk
    assert find_valid_identities([session_cookie_identity, token_identity]) == {
        session_cookie_identity,
        token_identity,
    }


def test_checks_any_number_of_identities_in_three_queries(
    session_cookie_identity: Identity,
    token_identity: Identity,
    outsider: User,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    other = _identify(f"{NAME}={sign_in(outsider).cookies[NAME].value}")
    assert other is not None
    identities = {session_cookie_identity, token_identity, other}
    with django_assert_num_queries(3):
        assert find_valid_identities(identities) == identities


@pytest.mark.parametrize("cookie", ["", f"{NAME}=", f"{NAME}=made-up", "=;=", f"{NAME}=\xff"])
def test_an_invalid_session_is_anonymous(db: None, cookie: str) -> None:
    assert _identify(cookie) is None


def test_an_invalid_token_is_anonymous(db: None) -> None:
    assert identify_token("made-up") is None


def _change_password(user: User) -> None:
    user.set_password("another-long-one")
    user.save()


ENDS: dict[str, Callable[[User], object]] = {
    "the session ran out": lambda _: Session.objects.update(
        expire_date=timezone.now() - timedelta(seconds=1)
    ),
    "signed out": lambda _: Session.objects.all().delete(),
    "another password": lambda user: _change_password(user),
    "the account sleeps": lambda _: User.objects.update(is_active=False),
    "the account went": lambda user: user.delete(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_socket_closes_when_its_session_ends(
    owner: User, session_cookie_identity: Identity, end: Callable[[User], object]
) -> None:
    end(owner)
    assert find_valid_identities([session_cookie_identity]) == set()


@pytest.mark.parametrize("ending", ["revoked", "expired", "the account sleeps"])
def test_a_socket_closes_when_its_token_is_revoked(
    owner: User, token_identity: Identity, ending: str
) -> None:
    if ending == "revoked":
        ApiToken.objects.all().delete()
    elif ending == "expired":
        ApiToken.objects.update(expires_at=timezone.now())
    else:
        User.objects.update(is_active=False)
    assert find_valid_identities([token_identity]) == set()


def test_a_token_of_another_user_does_not_keep_a_session(
    session_cookie_identity: Identity, outsider: User
) -> None:
    other = identify_token(create_token(user=outsider, name="program").key)
    assert other is not None
    Session.objects.all().delete()
    assert find_valid_identities([session_cookie_identity, other]) == {other}

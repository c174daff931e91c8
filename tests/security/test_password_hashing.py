"""Password hashing: bounded in parallel and in memory, and a busy site responds with 503."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer.accounts.sign_in import password_hashing
from recognizer.models import User
from tests.api.api_client import ApiClient, problem_code
from tests.fixtures.deadlines import deadline
from tests.fixtures.users import PASSWORD, SignIn

pytestmark = pytest.mark.django_db

HASHER = "recognizer.accounts.sign_in.password_hashing.BoundedArgon2PasswordHasher"
SIGN_UP = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def real_hasher(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [HASHER]


@pytest.fixture
def busy_hasher(settings: Settings, owner: User) -> Iterator[None]:
    """Take all turns, so that the next request would wait."""
    settings.PASSWORD_HASH_WAIT_S = 0.01
    with password_hashing._acquire_slot():
        yield


def test_uses_the_small_profile_of_owasp() -> None:
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_sign_in_replaces_an_old_hash(owner: User) -> None:
    old = Argon2PasswordHasher().encode(PASSWORD, "old-salt-old-salt-old-salt")
    User.objects.filter(pk=owner.pk).update(password=old)
    answer = Client().post("/accounts/login/", {"login": "owner", "password": PASSWORD})
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert "m=19456" in owner.password


def test_reauthentication_replaces_an_old_hash_and_keeps_the_session(
    owner: User, sign_in: SignIn
) -> None:
    old = Argon2PasswordHasher().encode(PASSWORD, "old-salt-old-salt-old-salt")
    User.objects.filter(pk=owner.pk).update(password=old)
    browser = sign_in(User.objects.get(pk=owner.pk))
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    owner.refresh_from_db()
    assert "m=19456" in owner.password
    assert browser.get("/accounts/settings/").status_code == 200


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/login/", {"login": "owner", "password": PASSWORD}),
        ("/accounts/login/", {"login": "nobody", "password": PASSWORD}),
        ("/accounts/signup/", SIGN_UP),
    ],
    ids=["sign-in", "unknown-name", "sign-up"],
)
def test_busy_site_answers_503_to_visitors(
    busy_hasher: None, path: str, form: dict[str, str]
) -> None:
    answer = Client().post(path, form)
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert 'data-error="unavailable"' in page
    assert f'value="{next(iter(form.values()))}"' in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/reauthenticate/", {"password": PASSWORD}),
        (
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": "x-long-one-x", "password2": "x-long-one-x"},
        ),
    ],
)
def test_busy_site_answers_503_to_users(
    busy_hasher: None, owner: User, sign_in: SignIn, path: str, form: dict[str, str]
) -> None:
    answer = sign_in(owner).post(path, form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_busy_site_answers_503_to_programs(busy_hasher: None, owner: User, sign_in: SignIn) -> None:
    api = ApiClient(sign_in(owner))
    response = api.delete("me/", {"confirm": "owner", "password": PASSWORD})
    assert problem_code(response) == (503, "unavailable")
    assert User.objects.filter(pk=owner.pk).exists()


def test_hashes_one_password_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the hashes that run together, from 12 threads."""
    running, most = 0, 0
    lock = threading.Lock()
    encode = Argon2PasswordHasher.encode

    def count_and_encode(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        encoded: str = encode(self, password, salt)
        with lock:
            running -= 1
        return encoded

    monkeypatch.setattr(Argon2PasswordHasher, "encode", count_and_encode)
    threads = [threading.Thread(target=make_password, args=[PASSWORD]) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline(20))
    assert most == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_predictions_have_priority_over_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *_: priority())
    expected = min(19, priority() + password_hashing.HASHING_NICENESS)
    assert make_password(PASSWORD) == expected  # type: ignore[comparison-overlap]

"""Limits on password attempts: they slow down, and they lock out neither the owner nor a class."""

import time

import pytest
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from digitsite.typed_env import Environment
from recognizer.accounts.sign_in import known_devices, sign_in_limits
from recognizer.accounts.sign_in.attempt_limits import Limit
from recognizer.models import AttemptBucket, User
from tests.fixtures.users import PASSWORD, SignIn, confirm_email

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.slow]

LOGIN = "/accounts/login/"
BURST_PER_ADDRESS = 5
BURST_PER_ACCOUNT = 20
PUPILS = 36


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> None:
    cache.clear()


def _sign_in(
    name: str,
    password: str = PASSWORD,
    *,
    client: Client | None = None,
    address: str = "192.0.2.1",
    host: str = "localhost:8000",
) -> int:
    """Return 302 for a sign-in, 200 for a wrong password, 429 for a refused attempt."""
    form = {"login": name, "password": password}
    browser = client or Client()
    return browser.post(LOGIN, form, REMOTE_ADDR=address, HTTP_HOST=host).status_code


def _guess(name: str, count: int, **where: str) -> list[int]:
    return [_sign_in(name, f"wrong{number}", **where) for number in range(count)]  # type: ignore[arg-type]


def test_slows_down_wrong_passwords_from_one_address(owner: User) -> None:
    assert _guess("owner", BURST_PER_ADDRESS + 1) == [*[200] * BURST_PER_ADDRESS, 429]
    assert _sign_in("owner") == 429


def test_accepts_the_password_after_the_time_that_the_page_names(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guess("owner", BURST_PER_ADDRESS)
    refused = Client().post(
        LOGIN, {"login": "owner", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1"
    )
    wait_s = int(refused["Retry-After"])
    assert 0 < wait_s <= 60
    later = time.time() + wait_s
    monkeypatch.setattr("recognizer.accounts.sign_in.attempt_limits.time.time", lambda: later)
    assert _sign_in("owner") == 302


@pytest.mark.parametrize("address", ["192.0.2.2", "2001:db8:2::1"])
def test_wrong_passwords_from_elsewhere_do_not_lock_the_owner_out(
    owner: User, address: str
) -> None:
    for number in range(2, 6):
        _guess("owner", BURST_PER_ADDRESS - 1, address=f"198.51.100.{number}")
    assert _sign_in("owner", address=address) == 302


def test_wrong_passwords_for_others_do_not_lock_an_address(owner: User) -> None:
    for number in range(30):
        _guess(f"name{number}", 1)
    assert _sign_in("owner") == 302


def test_known_device_passes_during_an_attack(owner: User) -> None:
    device = Client()
    assert _sign_in("owner", client=device) == 302
    device.post("/accounts/logout/")
    _guess("owner", BURST_PER_ADDRESS + 1)
    for number in range(BURST_PER_ACCOUNT):
        _guess("owner", 1, address=f"198.51.100.{number}")
    assert _sign_in("owner") == 429
    assert _sign_in("owner", client=device) == 302


def test_known_device_of_another_user_does_not_pass(owner: User, outsider: User) -> None:
    device = Client()
    _sign_in("outsider", client=device)
    device.post("/accounts/logout/")
    _guess("owner", BURST_PER_ADDRESS)
    assert _sign_in("owner", client=device) == 429


def test_forged_device_cookie_does_not_pass(owner: User, settings: Settings) -> None:
    device = Client()
    forged = signing.dumps({str(owner.pk): "x"}, key="another key", salt=known_devices._SALT)
    device.cookies[settings.KNOWN_DEVICE_COOKIE_NAME] = forged
    _guess("owner", BURST_PER_ADDRESS)
    assert _sign_in("owner", client=device) == 429


@pytest.mark.parametrize(
    ("names", "hosts"),
    [
        (["owner"], [f"localhost:{port}" for port in range(6000, 6024)]),
        (["owner", "OWNER", "Owner", " owner "], ["localhost", "127.0.0.1:99"]),
        (["owner", "owner@example.org", "Owner@Example.ORG"], ["localhost:8000"]),
    ],
    ids=["ports", "cases", "email"],
)
def test_counts_an_account_once_whatever_name_or_host(
    owner: User, names: list[str], hosts: list[str]
) -> None:
    confirm_email(owner)
    answers = [
        _sign_in(
            names[number % len(names)],
            "wrong",
            host=hosts[number % len(hosts)],
            address=f"198.51.100.{number}",
        )
        for number in range(24)
    ]
    assert answers.count(200) == BURST_PER_ACCOUNT


@pytest.mark.parametrize("form", ["{}", "::ffff:{}", "0:0:0:0:0:ffff:{}"])
def test_counts_visitors_behind_a_proxy_by_their_own_address(owner: User, form: str) -> None:
    _guess("owner", BURST_PER_ADDRESS, address=form.format("192.0.2.1"))
    assert _sign_in("owner", address=form.format("192.0.2.1")) == 429
    assert _sign_in("owner", address=form.format("192.0.2.2")) == 302


def test_counts_a_network_of_ipv6_as_one_address(owner: User) -> None:
    for number in range(BURST_PER_ADDRESS):
        _guess("owner", 1, address=f"2001:db8::{number}")
    assert _sign_in("owner", address="2001:db8::99") == 429


def test_unknown_names_are_limited_like_known_ones(owner: User) -> None:
    assert _guess("nobody", BURST_PER_ADDRESS + 1) == [*[200] * BURST_PER_ADDRESS, 429]
    assert _sign_in("ＮＯＢＯＤＹ") == 429


def test_ignores_a_forged_client_address(owner: User) -> None:
    for number in range(BURST_PER_ADDRESS):
        Client().post(
            LOGIN,
            {"login": "owner", "password": "wrong"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )
    form = {"login": "owner", "password": PASSWORD}
    answer = Client().post(LOGIN, form, headers={"X-Forwarded-For": "192.0.2.99"})
    assert answer.status_code == 429


def test_a_class_signs_up_and_signs_in_within_a_minute(db: None) -> None:
    for number in range(PUPILS):
        form = {"username": f"pupil{number}", "password1": PASSWORD, "password2": PASSWORD}
        assert Client().post("/accounts/signup/", form).status_code == 302
    for number in range(11):
        _guess(f"pupil{number}", 1, address="127.0.0.1")
    answers = {_sign_in(f"pupil{number}", address="127.0.0.1") for number in range(PUPILS)}
    assert answers == {302}


@pytest.mark.parametrize(("trusted", "expected"), [("", 429), ("192.0.2.0/24", 200)])
def test_limits_guesses_for_many_names_from_one_address(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, trusted: str, expected: int
) -> None:
    monkeypatch.setattr(sign_in_limits, "ADDRESS_FAILURES", Limit(4, 3))
    settings.TRUSTED_NETWORKS = Environment({"NETWORKS": trusted}).networks("NETWORKS")
    answers = [_sign_in(f"name{number}", "wrong") for number in range(5)]
    assert answers == [200, 200, 200, 200, expected]


@pytest.mark.parametrize(("trusted", "expected"), [("", 429), ("127.0.0.1, ::1", 302)])
def test_limits_sign_ups_from_one_address(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, trusted: str, expected: int
) -> None:
    monkeypatch.setattr(sign_in_limits, "ADDRESS_SIGN_UPS", Limit(2, 10))
    settings.TRUSTED_NETWORKS = Environment({"NETWORKS": trusted}).networks("NETWORKS")
    answers = []
    for number in range(3):
        form = {"username": f"robot{number}", "password1": PASSWORD, "password2": PASSWORD}
        answers.append(Client().post("/accounts/signup/", form).status_code)
    assert answers == [302, 302, expected]


@pytest.mark.parametrize(
    "text", ["school", "192.0.2.1/24", "10.0.0.0/40", "10.0.0.0/8 10.1.0.0/16"]
)
def test_refuses_trusted_networks_that_are_none(text: str) -> None:
    env = Environment({"TRUSTED_NETWORKS": text})
    env.networks("TRUSTED_NETWORKS")
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_NETWORKS must be"):
        env.raise_errors()


def test_the_admin_site_uses_the_login_of_the_site(admin: User) -> None:
    response = Client().post("/admin/login/", {"username": "admin", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, f"{LOGIN}?next=/admin/")


def test_limits_reauthentication(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    answers = [
        browser.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code
        for _ in range(11)
    ]
    assert answers[-1] == 429


def test_limits_the_current_password_of_a_change(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)
    form = {
        "oldpassword": "wrong",
        "password1": "another-long-one",
        "password2": "another-long-one",
    }
    answers = [browser.post("/accounts/password/change/", form).status_code for _ in range(11)]
    assert answers[-1] == 429


def test_counts_attempts_in_the_database(owner: User) -> None:
    """No broker runs, so another process could only read the database."""
    _guess("owner", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recognizer_attemptbucket")
        assert cursor.fetchone()[0] > 0
    assert "owner" not in str(list(AttemptBucket.objects.values()))

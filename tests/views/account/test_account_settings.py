"""The page "Your account": consent, tokens, export, deletion."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from recognizer.accounts.tokens import authenticate_token, create_token
from recognizer.models import ApiToken, Drawing, User
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn

SETTINGS = "/accounts/settings/"
CHANGES = ["consent/", "tokens/", "tokens/1/revoke/", "delete/"]


@pytest.fixture(autouse=True)
def reset_login_attempts(db: None) -> None:
    cache.clear()


def test_nobody_is_led_to_the_login_page(anonymous: Client) -> None:
    answers = [anonymous.get(SETTINGS)] + [anonymous.post(SETTINGS + path) for path in CHANGES]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer["Location"].startswith("/accounts/login/") for answer in answers)


def test_the_consent_can_be_changed_and_keeps_its_date(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)

    browser.post(f"{SETTINGS}consent/", {"may_teach": "on"})
    owner.refresh_from_db()
    assert owner.may_teach
    assert owner.may_teach_decided_at is not None
    assert timezone.now() - owner.may_teach_decided_at < timedelta(minutes=1)

    page = browser.post(f"{SETTINGS}consent/", {}, follow=True).content.decode()
    owner.refresh_from_db()
    assert not owner.may_teach
    assert "You said no on" in page


def test_a_key_is_shown_once_and_kept_nowhere(owner: User, sign_in: SignIn) -> None:
    browser = sign_in(owner)

    made = browser.post(f"{SETTINGS}tokens/", {"name": "a plotter", "lasts": "7"})

    key = made.context["made"].key
    assert key in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert authenticate_token(key) == owner
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert timedelta(days=6) < token.expires_at - timezone.now() < timedelta(days=8)
    page = browser.get(SETTINGS).content.decode()
    assert key not in page
    assert f"{key[:8]}…" in page
    assert "not used yet" not in page.split("a plotter")[1][:600]


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 81}, {"lasts": "-1"}, {"lasts": "99999"}]
)
def test_a_token_that_makes_no_sense_is_not_made(
    owner: User, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    filled = {"name": "a plotter", "lasts": "7"} | wrong

    page = sign_in(owner).post(f"{SETTINGS}tokens/", filled)

    assert page.context["form"].errors
    assert 'class="errorlist"' in page.content.decode()
    assert not ApiToken.objects.exists()


def test_only_its_owner_revokes_a_token(owner: User, outsider: User, sign_in: SignIn) -> None:
    made = create_token(user=owner, name="a plotter")
    address = f"{SETTINGS}tokens/{made.token.pk}/revoke/"

    assert sign_in(outsider).post(address).status_code == 404
    assert authenticate_token(made.key) == owner
    assert sign_in(owner).get(address).status_code == 405
    sign_in(owner).post(address)
    assert authenticate_token(made.key) is None


def test_an_expired_token_says_so(owner: User, sign_in: SignIn) -> None:
    made = create_token(user=owner, name="a plotter", days=1)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(days=1))

    assert "expired" in sign_in(owner).get(SETTINGS).content.decode()
    assert authenticate_token(made.key) is None


def test_deleting_asks_who_one_is_and_for_the_name(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner)
    asked = sign_in(owner).post(f"{SETTINGS}delete/", {"name": "owner"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=owner.pk).exists()

    browser = sign_in(owner)
    _reauthenticate(browser)
    page = browser.post(f"{SETTINGS}delete/", {"name": "somebody"})
    assert "This is not your name." in page.content.decode()
    assert "your 1 drawing," in page.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_erases_everything_and_nothing_of_others(
    owner: User, outsider: User, sign_in: SignIn
) -> None:
    make_recognized_drawing(owner, claim=3)
    kept = make_recognized_drawing(outsider)
    browser = sign_in(owner)
    _reauthenticate(browser)

    left = browser.post(f"{SETTINGS}delete/", {"name": "owner"}, follow=True)

    assert "are deleted" in left.content.decode()
    assert not User.objects.filter(username="owner").exists()
    assert list(Drawing.objects.all()) == [kept]
    assert browser.get(SETTINGS).status_code == 302


def test_the_last_admin_stays(admin: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    _reauthenticate(browser)

    page = browser.post(f"{SETTINGS}delete/", {"name": "admin"}).content.decode()

    assert "You are the only admin" in page
    assert User.objects.filter(username="admin").exists()


def _reauthenticate(browser: Client) -> Any:
    answer = browser.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": f"{SETTINGS}delete/"}
    )
    assert answer["Location"] == f"{SETTINGS}delete/"
    return answer

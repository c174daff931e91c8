"""The pages of the challenge: start, result and leaderboard."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.challenge.leaderboard import join_leaderboard, list_leaders, start_of_week
from recognizer.models import Challenge, ChallengeNickname, User
from tests.challenge.factories import make_result
from tests.fixtures.users import SignIn, confirm_password

pytestmark = pytest.mark.django_db


def _finish(
    user: User, *, recognized: int = 10, seconds: float = 20, days_ago: int = 0
) -> Challenge:
    challenge = Challenge.objects.create(
        owner=user,
        finished_at=timezone.now() - timedelta(days=days_ago),
        num_recognized=recognized,
        duration_ms=round(1000 * seconds),
    )
    for digit in range(10):
        predicted = digit if digit < recognized else (digit + 1) % 10
        make_result(challenge, digit, digit, predicted)
    return challenge


def _leaders() -> list[str]:
    return [one.nickname for one in list_leaders()]


def _join(client: Client, nickname: str) -> Any:
    return client.post("/challenge/leaderboard/", {"nickname": nickname})


def test_visitors_see_the_start_and_an_empty_leaderboard(anonymous: Client) -> None:
    page = anonymous.get("/challenge/").content.decode()
    assert "data-start" in page
    assert "data-no-leaders" in page
    assert User.objects.count() == 0


def test_visitors_sign_in_first_without_guests(anonymous: Client, settings: Settings) -> None:
    settings.GUESTS = False
    assert anonymous.get("/challenge/").headers["Location"].startswith("/accounts/login/")


def test_result_names_the_misread_digits_and_the_best(owner: User, sign_in: SignIn) -> None:
    best = _finish(owner, recognized=9)
    worse = _finish(owner, recognized=8)
    pages = {
        one: sign_in(owner).get(f"/challenge/{one.pk}/").content.decode() for one in (best, worse)
    }
    assert 'data-result="9"' in pages[best]
    assert "data-is-best" in pages[best]
    assert 'data-result="8"' in pages[worse]
    assert 'data-personal-best="9"' in pages[worse]
    assert "Misread: 8, 9." in pages[worse]
    assert pages[worse].count('data-state="misread"') == 2


def test_result_of_another_user_is_not_found(owner: User, outsider: User, sign_in: SignIn) -> None:
    challenge = _finish(owner)
    assert sign_in(outsider).get(f"/challenge/{challenge.pk}/").status_code == 404


def test_leaderboard_ranks_the_best_of_each_user_of_this_week(owner: User, outsider: User) -> None:
    third = User.objects.create_user("third")
    for user, name in ((owner, "ann"), (outsider, "bob"), (third, "cleo")):
        join_leaderboard(user=user, nickname=name)
    _finish(owner, recognized=9, seconds=12)
    _finish(owner, recognized=10, seconds=30)
    _finish(outsider, recognized=10, seconds=25)
    _finish(third, recognized=10, seconds=5, days_ago=8)
    assert [(one.nickname, one.rank, one.seconds) for one in list_leaders()] == [
        ("bob", 1, 25),
        ("ann", 2, 30),
    ]


def test_only_users_who_chose_a_nickname_are_listed(owner: User, sign_in: SignIn) -> None:
    _finish(owner)
    assert _leaders() == []
    client = sign_in(owner)
    assert _join(client, "quick-pen").status_code == 302
    assert _leaders() == ["quick-pen"]
    client.post("/challenge/leaderboard/", {"leave": "1"})
    assert _leaders() == []


@pytest.mark.parametrize("nickname", ["", "two words", "the-admin", "аdmin", "x" * 31, "Outsider"])
def test_refuses_invalid_and_taken_nicknames_and_keeps_the_text(
    nickname: str, owner: User, outsider: User, sign_in: SignIn
) -> None:
    response = _join(sign_in(owner), nickname)
    assert response.status_code == 200
    assert response.context["form"].errors["nickname"]
    assert f'value="{nickname}"' in response.content.decode() or not nickname
    assert not ChallengeNickname.objects.exists()


def test_two_users_cannot_have_the_same_nickname(
    owner: User, outsider: User, sign_in: SignIn
) -> None:
    assert _join(sign_in(owner), "quick-pen").status_code == 302
    assert _join(sign_in(outsider), "QUICK-PEN").context["form"].errors["nickname"]
    assert _join(sign_in(owner), "Quick-Pen").status_code == 302


def test_admin_hides_a_nickname_for_good(owner: User, admin: User, sign_in: SignIn) -> None:
    _finish(owner)
    client = sign_in(owner)
    _join(client, "rude")
    action = {"action": "hide", "_selected_action": str(owner.pk)}
    path = "/admin/recognizer/challengenickname/"
    assert confirm_password(sign_in(admin)).post(path, action).status_code == 302
    assert _leaders() == []
    _join(client, "ruder")
    assert _leaders() == []
    assert "data-nickname-hidden" in client.get("/challenge/").content.decode()


def test_guests_are_not_on_the_leaderboard(owner: User) -> None:
    join_leaderboard(user=owner, nickname="quick-pen")
    _finish(owner)
    User.objects.filter(pk=owner.pk).update(is_guest=True)
    assert _leaders() == []


def test_the_week_starts_on_monday() -> None:
    for day in range(14):
        now = timezone.now() + timedelta(days=day)
        start = start_of_week(now)
        assert start <= now < start + timedelta(days=7)
        assert (start.weekday(), start.hour, start.minute) == (0, 0, 0)

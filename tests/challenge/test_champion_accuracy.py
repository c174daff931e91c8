"""The accuracy of the champion on users, on the models page."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.challenge import champion_accuracy
from recognizer.models import (
    Challenge,
    ChallengePrompt,
    GroundTruth,
    Label,
    Promotion,
    User,
)
from tests.api.factories import make_model_version, make_recognized_drawing
from tests.challenge.factories import make_result

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def champion(settings: Settings) -> None:
    settings.CHALLENGE_MIN_DRAWINGS = 50
    Promotion.objects.create(model=make_model_version(), reason="The first.")
    cache.clear()


def _play(name: str, *, misread: int = 0, is_guest: bool = False) -> Challenge:
    user, _ = User.objects.get_or_create(username=name, defaults={"is_guest": is_guest})
    challenge = Challenge.objects.create(owner=user, finished_at=timezone.now())
    for digit in range(10):
        is_misread = digit < misread
        # The misread digits are prompted twice as often, and count half as much.
        probability = 0.2 if is_misread else 0.1
        make_result(challenge, digit, digit, 10 if is_misread else digit, probability=probability)
    return challenge


def _page(client: Client) -> str:
    return client.get("/models/").content.decode()


def test_is_hidden_below_the_minimum_of_drawings_or_users(anonymous: Client) -> None:
    for number in range(4):
        _play(f"user{number}")
    assert "data-too-few" in _page(anonymous)
    for _ in range(8):
        _play("user0")
    cache.clear()
    page = _page(anonymous)
    assert "data-too-few" in page
    assert 'data-user-accuracy="120"' in page
    _play("user4")
    cache.clear()
    assert "data-total" in _page(anonymous)


def test_counts_each_digit_equally_and_no_guests(anonymous: Client) -> None:
    for number in range(5):
        _play(f"user{number}", misread=1)
    _play("guest:1", misread=10, is_guest=True)
    page = _page(anonymous)
    assert 'data-user-accuracy="50"' in page
    found = re.search(r"data-total>([\d.]+)", page)
    assert found
    assert float(found[1]) == pytest.approx(100 * 9 / 9.5, abs=0.1)


def test_counts_the_predictions_of_the_champion_only(anonymous: Client) -> None:
    for number in range(5):
        _play(f"user{number}")
    ChallengePrompt.objects.update(model=make_model_version("older", "cd" * 32))
    assert 'data-user-accuracy="0"' in _page(anonymous)


def test_groups_have_rows_by_pointer_and_week(anonymous: Client) -> None:
    for number in range(6):
        _play(f"user{number}")
    ChallengePrompt.objects.filter(challenge__owner__username="user0").update(pointer="touch")
    page = _page(anonymous)
    assert 'data-group="Pen"' in page
    assert 'data-group="Finger"' not in page  # ten drawings are too few
    assert len(re.findall(r'data-group="\d{4}-\d\d-\d\d"', page)) == 1


def test_states_the_share_of_wrong_claims_in_the_random_sample(
    anonymous: Client, owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        _play(f"user{number}")
    challenge = Challenge.objects.create(owner=owner, finished_at=timezone.now())
    for digit, (value, reason) in enumerate([(0, "audit"), (7, "audit"), (5, "margin")]):
        drawing = make_recognized_drawing(owner, claim=digit)
        make_result(challenge, digit, digit, digit, drawing=drawing)
        Label.objects.create(
            drawing=drawing, author=reviewer, kind="review", revision=1, value=value, reason=reason
        )
        GroundTruth.objects.create(
            drawing=drawing, revision=1, value=value, basis="review", decided_at=timezone.now()
        )
    monkeypatch.setattr(champion_accuracy, "is_sampled_prompt", lambda id: True)
    page = _page(anonymous)
    assert 'data-wrong-claims="2"' in page
    assert "50.0\u00a0%" in page
    monkeypatch.setattr(champion_accuracy, "is_sampled_prompt", lambda id: False)
    cache.clear()
    assert 'data-wrong-claims="0"' in _page(anonymous)

"""Guests without recent drawings are deleted with everything that they stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from recognizer.accounts.guests import create_guest, delete_expired_guests
from recognizer.models import Drawing, User
from tests.api.factories import make_recognized_drawing

pytestmark = pytest.mark.django_db


def test_deletes_a_guest_with_drawings_and_session(visitor: Client, guest: User) -> None:
    make_recognized_drawing(guest, claim=4, minutes_ago=25 * 60)
    _make_older(guest, hours=26)

    assert delete_expired_guests() == 1
    assert not User.objects.exists()
    assert not Drawing.objects.exists()
    assert not Session.objects.exists()
    assert visitor.get("/api/v1/drawings/").status_code == 401


def test_keeps_active_guests_and_accounts(owner: User) -> None:
    _make_older(owner, hours=100)
    make_recognized_drawing(owner, minutes_ago=90 * 60)
    young, active = create_guest(), create_guest()
    _make_older(young, hours=23)
    _make_older(active, hours=100)
    make_recognized_drawing(active, minutes_ago=60)

    assert delete_expired_guests() == 0
    assert User.objects.count() == 3


def test_the_time_is_a_setting(settings: Any) -> None:
    settings.GUEST_HOURS = 2
    _make_older(create_guest(), hours=3)

    assert delete_expired_guests() == 1


def test_finishes_an_interrupted_deletion() -> None:
    User.objects.filter(pk=create_guest().pk).update(is_active=False)

    assert delete_expired_guests() == 1
    assert not User.objects.exists()


def _make_older(user: User, *, hours: float) -> None:
    joined = timezone.now() - timedelta(hours=hours)
    User.objects.filter(pk=user.pk).update(date_joined=joined)

"""The weekly leaderboard. Users choose to be on it, with a nickname that admins can hide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from recognizer.accounts.username_rules import username_key, validate_public_username
from recognizer.models import MAX_NICKNAME_LENGTH, Challenge, ChallengeNickname, User

MAX_LEADERS = 20
NICKNAME_TAKEN = "This nickname is taken, or is the username of another user. Choose another one."


@dataclass(frozen=True, slots=True)
class Leader:
    """The best challenge of a user in this week."""

    user_id: int
    rank: int
    nickname: str
    num_recognized: int
    duration_ms: int

    @property
    def seconds(self) -> float:
        return self.duration_ms / 1000


def list_leaders() -> list[Leader]:
    """Return the best users since Monday: the most recognized digits first, then the fastest."""
    order = [F("num_recognized").desc(), F("duration_ms").asc(), F("finished_at").asc()]
    turn = Window(RowNumber(), partition_by=F("owner_id"), order_by=order)
    best = (
        Challenge.objects.filter(
            finished_at__gte=start_of_week(timezone.now()),
            owner__is_guest=False,
            owner__is_active=True,
            owner__challenge_nickname__is_listed=True,
            owner__challenge_nickname__is_hidden=False,
        )
        .annotate(turn=turn)
        .filter(turn=1)
        .order_by("-num_recognized", "duration_ms", "finished_at")
        .values_list(
            "owner_id", "owner__challenge_nickname__nickname", "num_recognized", "duration_ms"
        )
    )
    return [
        Leader(user_id, rank, nickname, num_recognized or 0, duration_ms or 0)
        for rank, (user_id, nickname, num_recognized, duration_ms) in enumerate(
            best[:MAX_LEADERS], start=1
        )
    ]


def start_of_week(now: datetime) -> datetime:
    """Return Monday, 0:00 UTC, of the week of a moment."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def join_leaderboard(*, user: User, nickname: str) -> None:
    """Put a user on the leaderboard, or change the nickname. Raises ValidationError.

    A nickname follows the rules of usernames, and is not the username of another user.
    """
    validate_public_username(nickname)
    if len(nickname) > MAX_NICKNAME_LENGTH:
        raise ValidationError(f"Enter a name of at most {MAX_NICKNAME_LENGTH} characters.")
    key = username_key(nickname)
    if User.objects.filter(username_key=key).exclude(pk=user.pk).exists():
        raise ValidationError(NICKNAME_TAKEN)
    values = {"nickname": nickname, "nickname_key": key, "is_listed": True}
    try:
        with transaction.atomic():
            ChallengeNickname.objects.update_or_create(user=user, defaults=values)
    except IntegrityError:
        raise ValidationError(NICKNAME_TAKEN) from None


def leave_leaderboard(user: User) -> None:
    """Take a user off the leaderboard. The row stays, so that a hidden nickname stays hidden."""
    ChallengeNickname.objects.filter(user=user).update(is_listed=False)

"""Challenges: ten prompts that a user draws against the clock."""

import uuid

from django.conf import settings
from django.db import models

from recognizer.accounts.username_rules import MAX_KEY_LENGTH

MAX_NICKNAME_LENGTH = 30


class Challenge(models.Model):
    """One challenge of a user.

    It is open until `finished_at` or `abandoned_at` is set: a user has at most one open challenge.
    The last two fields are the result of a finished one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="challenges")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)
    num_recognized = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=models.Q(finished_at=None, abandoned_at=None),
                name="one_open_challenge_per_user",
            )
        ]
        indexes = [
            models.Index(fields=["owner", "-num_recognized", "duration_ms"], name="challenge_best"),
            models.Index(fields=["finished_at"], name="challenge_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.owner_id}"

    @property
    def has_ended(self) -> bool:
        return self.finished_at is not None or self.abandoned_at is not None


class ChallengePrompt(models.Model):
    """A digit that the user is asked to draw, with the probability of its selection.

    The server chooses the `ref` of the drawing, so that the drawing cannot be stored and predicted
    before. The result stays here if the drawing is erased later: an estimate from the drawings that
    users keep would be biased.
    """

    challenge = models.ForeignKey(Challenge, models.CASCADE, related_name="prompts")
    position = models.PositiveSmallIntegerField()
    digit = models.PositiveSmallIntegerField()
    probability = models.FloatField()
    ref = models.UUIDField(default=uuid.uuid4, editable=False)
    shown_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    is_skipped = models.BooleanField(default=False)
    drawing = models.OneToOneField(
        "recognizer.Drawing", models.SET_NULL, null=True, blank=True, related_name="prompt"
    )
    pointer = models.CharField(max_length=8, blank=True)
    # The label that was predicted, 0 to 10, and the champion that predicted it.
    predicted = models.PositiveSmallIntegerField(null=True, blank=True)
    model = models.ForeignKey(
        "recognizer.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "position"], name="one_prompt_per_position"
            )
        ]
        indexes = [models.Index(fields=["model", "-id"], name="prompt_by_model")]

    def __str__(self) -> str:
        return f"{self.digit} at {self.position} of {self.challenge_id}"

    @property
    def is_recognized(self) -> bool:
        return self.predicted == self.digit


class ChallengeNickname(models.Model):
    """The name of a user on the leaderboard. Without one, the user is not on it.

    `is_listed` is the choice of the user. `is_hidden` is set by admins, and stays set if the user
    chooses another nickname.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="challenge_nickname",
    )
    nickname = models.CharField(max_length=MAX_NICKNAME_LENGTH)
    nickname_key = models.CharField(max_length=MAX_KEY_LENGTH, unique=True, editable=False)
    is_listed = models.BooleanField(default=True)
    is_hidden = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.nickname

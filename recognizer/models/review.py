"""From claims to truths: the derived truth, the queue of cards, hidden gold, people's records."""

from django.conf import settings
from django.db import models


class Basis(models.TextChoices):
    """What a truth rests on."""

    VERDICT = "verdict"
    AGREEMENT = "agreement"


class Truth(models.Model):
    """What a drawing is, derived from its events by `recognizer.review.truth` and from nothing
    else. It holds for `revision` only; a drawing that has grown since has none."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="truth"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField(null=True, blank=True)  # 0–9, NOT_A_DIGIT
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    label = models.ForeignKey(
        "recognizer.Label", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_aside = models.BooleanField(default=False)  # set aside: teaches nothing
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["value", "-decided_at"], name="truth_value")]

    def __str__(self) -> str:
        return f"{self.drawing_id} is {self.value}"


class Reason(models.TextChoices):
    """Why a drawing is worth a reviewer's second."""

    CONFLICT = "conflict", "The person and the network disagree"
    REVIEWERS = "reviewers", "Reviewers disagree"
    MARGIN = "margin", "The network hesitates between two digits"
    MODELS = "models", "Two networks disagree"
    NOVEL = "novel", "Unlike anything seen so far"
    DIVERSE = "diverse", "Unlike the others waiting"
    AUDIT = "audit", "A random check"


class ReviewCard(models.Model):
    """A drawing that waits for a reviewer. A lease keeps it for one of them for a while."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="card"
    )
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=Reason)
    priority = models.FloatField()  # highest first
    is_gold = models.BooleanField(default=False)  # its answer is known; the reviewer is tried
    lease = models.UUIDField(null=True, blank=True, unique=True)
    leased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-priority"], name="card_priority")]

    def __str__(self) -> str:
        return f"{self.drawing_id}: {self.reason}"


class Gold(models.Model):
    """A drawing whose answer is beyond doubt, shown among others to see how well people judge."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="gold"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.drawing_id} is surely {self.value}"


class Record(models.Model):
    """How often a person was right: as the owner of drawings that got a verdict, and as a reviewer
    of hidden gold and of what other reviewers judged too. Derived; `recognizer.review` owns it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="record"
    )
    claims_right = models.PositiveIntegerField(default=0)
    claims_wrong = models.PositiveIntegerField(default=0)
    reviews_right = models.PositiveIntegerField(default=0)
    reviews_wrong = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.claims_right} of {self.claims}"

    @property
    def claims(self) -> int:
        return self.claims_right + self.claims_wrong

    @property
    def reviews(self) -> int:
        return self.reviews_right + self.reviews_wrong

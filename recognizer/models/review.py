"""Ground truth, the review queue, hidden gold drawings and annotator statistics."""

from django.conf import settings
from django.db import models


class Basis(models.TextChoices):
    """What a ground truth rests on."""

    REVIEW = "review"
    AGREEMENT = "agreement"


class GroundTruth(models.Model):
    """What a drawing is, derived from its events by `recognizer.review.ground_truth` and from
    nothing
    else. It holds for `revision` only; a drawing that has grown since has none."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="ground_truth"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField(null=True, blank=True)  # 0–9, NOT_A_DIGIT_LABEL
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    label = models.ForeignKey(
        "recognizer.Label", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_set_aside = models.BooleanField(default=False)  # set aside: teaches nothing
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["value", "-decided_at"], name="ground_truth_value")]

    def __str__(self) -> str:
        return f"{self.drawing_id} is {self.value}"


class ReviewReason(models.TextChoices):
    """Why a drawing is worth a reviewer's second."""

    CONFLICT = "conflict", "The person and the network disagree"
    REVIEWERS = "reviewers", "Reviewers disagree"
    MARGIN = "margin", "The network hesitates between two digits"
    MODELS = "models", "Two networks disagree"
    NOVEL = "novel", "Unlike anything seen so far"
    DIVERSE = "diverse", "Unlike the others waiting"
    AUDIT = "audit", "A random check"


class ReviewItem(models.Model):
    """A drawing that waits for a reviewer. A lease keeps it for one of them for a while."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="review_item"
    )
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=ReviewReason)
    priority = models.FloatField()  # highest first
    is_gold = models.BooleanField(default=False)  # its answer is known; the reviewer is tried
    lease = models.UUIDField(null=True, blank=True, unique=True)
    leased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-priority"], name="review_item_priority")]

    def __str__(self) -> str:
        return f"{self.drawing_id}: {self.reason}"


class GoldDrawing(models.Model):
    """A drawing whose answer is beyond doubt, shown among others to see how well people judge."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="gold_drawing"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.drawing_id} is surely {self.value}"


class AnnotatorStats(models.Model):
    """How often a user was right: as the owner of drawings that got a review label, and as a
    reviewer of hidden gold and of what other reviewers judged too. Derived by
    `recognizer.review`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="annotator_stats"
    )
    claims_correct = models.PositiveIntegerField(default=0)
    claims_incorrect = models.PositiveIntegerField(default=0)
    reviews_correct = models.PositiveIntegerField(default=0)
    reviews_incorrect = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.claims_correct} of {self.claims}"

    @property
    def claims(self) -> int:
        return self.claims_correct + self.claims_incorrect

    @property
    def reviews(self) -> int:
        return self.reviews_correct + self.reviews_incorrect

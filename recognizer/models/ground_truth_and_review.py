"""Ground truth, the review queue, hidden gold drawings and annotator statistics."""

from django.conf import settings
from django.db import models


class Basis(models.TextChoices):
    """The basis of a ground truth."""

    REVIEW = "review"
    AGREEMENT = "agreement"


class GroundTruth(models.Model):
    """The agreed label of a drawing, derived from its label events by
    `recognizer.review.ground_truth`. It is valid for `revision` only."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="ground_truth"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField(null=True, blank=True)  # 0–9, NOT_A_DIGIT_LABEL
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    label = models.ForeignKey(
        "recognizer.Label", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_set_aside = models.BooleanField(default=False)  # excluded from training
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["value", "-decided_at"], name="ground_truth_value")]

    def __str__(self) -> str:
        return f"{self.drawing_id} is {self.value}"


class ReviewReason(models.TextChoices):
    """Why a drawing is in the review queue."""

    CONFLICT = "conflict", "The user and the model disagree"
    REVIEWERS = "reviewers", "Reviewers disagree"
    MARGIN = "margin", "The model hesitates between two digits"
    MODELS = "models", "Two models disagree"
    NOVEL = "novel", "Unlike anything seen so far"
    DIVERSE = "diverse", "Unlike the others waiting"
    AUDIT = "audit", "A random check"


class ReviewItem(models.Model):
    """A drawing in the review queue. A lease reserves it for one reviewer."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="review_item"
    )
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=ReviewReason)
    priority = models.FloatField()  # highest first
    is_gold = models.BooleanField(default=False)  # a hidden check of the reviewer
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
    """A drawing with a certain label, shown among others to measure the accuracy of reviewers."""

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="gold_drawing"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.drawing_id}: gold {self.value}"


class AnnotatorStats(models.Model):
    """The accuracy of a user, derived by `recognizer.review`: as the owner of drawings that were
    reviewed, and as a reviewer of gold drawings and of drawings that others reviewed too."""

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

"""Ground truth, the review queue, hidden gold drawings, annotator statistics and findings about
reviewers."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


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
    # a hidden check: up to three reviewers label it, and the search does not show it to them
    is_check = models.BooleanField(default=False)
    num_agreeing = models.PositiveSmallIntegerField(default=1)  # reviewers who chose the value
    num_required = models.PositiveSmallIntegerField(default=1)  # how many training needs
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["value", "-decided_at"], name="ground_truth_value"),
            models.Index(fields=["-decided_at"], name="ground_truth_decided"),
            models.Index(
                fields=["-decided_at"],
                name="ground_truth_unconfirmed",
                condition=Q(num_agreeing__lt=F("num_required")),
            ),
            models.Index(
                fields=["-decided_at"], name="ground_truth_check", condition=Q(is_check=True)
            ),
        ]

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
    """A drawing in the review queue. A lease reserves it for one reviewer.

    Reviewers see `key`, because the id of a drawing contains its time and is shown elsewhere.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="review_item"
    )
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=ReviewReason)
    priority = models.FloatField()  # highest first
    is_gold = models.BooleanField(default=False)  # a hidden check of the reviewer
    is_second = models.BooleanField(default=False)  # the drawing has ground truth already
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
    """A drawing with a certain label, shown among others to measure the accuracy of reviewers.

    A dissenting review suspends it until an admin decides.
    """

    drawing = models.OneToOneField(
        "recognizer.Drawing", models.CASCADE, primary_key=True, related_name="gold_drawing"
    )
    revision = models.PositiveIntegerField()
    value = models.PositiveSmallIntegerField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.drawing_id}: gold {self.value}"


class AnnotatorStats(models.Model):
    """The accuracy of a user, derived by `recognizer.review`: as the owner of drawings that were
    reviewed, and as a reviewer of gold drawings and of drawings that others reviewed too.

    The user sees the `shown_` numbers only. `publish_review_counts` sets them to the `pending_`
    numbers, and these to the current ones, so they are one to two days old.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="annotator_stats"
    )
    claims_correct = models.PositiveIntegerField(default=0)
    claims_incorrect = models.PositiveIntegerField(default=0)
    reviews_correct = models.PositiveIntegerField(default=0)
    reviews_incorrect = models.PositiveIntegerField(default=0)
    pending_reviews = models.PositiveIntegerField(default=0)
    pending_reviews_correct = models.PositiveIntegerField(default=0)
    shown_reviews = models.PositiveIntegerField(default=0)
    shown_reviews_correct = models.PositiveIntegerField(default=0)
    published_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.claims_correct} of {self.claims}"

    @property
    def rounded_reviews(self) -> int:
        """The shown number of compared reviews, rounded down to tens."""
        return self.shown_reviews // 10 * 10

    @property
    def rounded_accuracy_percent(self) -> int:
        """The shown accuracy, rounded to steps of 5 %."""
        return round(20 * self.shown_reviews_correct / max(1, self.shown_reviews)) * 5

    @property
    def claims(self) -> int:
        return self.claims_correct + self.claims_incorrect

    @property
    def reviews(self) -> int:
        return self.reviews_correct + self.reviews_incorrect


class ReviewerFinding(models.Model):
    """Evidence that a reviewer labels one digit, or all of them, significantly worse than others.

    The reviewer is suspended until an admin resolves the finding. A suspension and a dismissal
    derive ground truths again, drawing by drawing; the maintenance process continues an interrupted
    one after the drawing `rederived_to`.
    """

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    user = models.ForeignKey(  # null: the account was deleted
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviewer_findings"
    )
    digit = models.PositiveSmallIntegerField(null=True)  # null: all labels together
    labelled_as = models.PositiveSmallIntegerField()  # the most frequent incorrect label
    num_incorrect = models.PositiveIntegerField()
    num_compared = models.PositiveIntegerField()
    expected_rate = models.FloatField()  # error rate that is allowed for
    p_value = models.FloatField()
    drawing_ids = models.JSONField(default=list)  # examples of incorrect labels
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    rederived_to = models.UUIDField(null=True, editable=False)  # the last drawing, in order of ids
    is_rederived = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.num_incorrect} of {self.num_compared} incorrect"

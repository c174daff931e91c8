"""Model versions, their evaluations, and the promotions that determine the champion."""

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    """A model with its model card, identified by the SHA-256 of its weights.

    Its files are in the file storage under `folder`. If it `is_shadow` it predicts each drawing
    after the champion does. If it `is_shown` it is part of the side-by-side comparison.
    """

    name = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.CharField(max_length=40)
    card = models.JSONField()
    is_shadow = models.BooleanField(default=False)
    is_shown = models.BooleanField(default=False)
    erased_since = models.DateTimeField(  # since when training data of it is erased
        null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """Return `name@sha12`: the name and the first twelve hex digits of the hash."""
        return f"{self.name}@{self.sha256[:12]}"

    @property
    def folder(self) -> str:
        return f"models/{self.sha256}"


class GateResult(models.TextChoices):
    PASSED = "passed"
    REFUSED = "refused"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence", "insufficient evidence"


class Evaluation(models.Model):
    """A comparison of a challenger with the champion on the same evaluation sets.

    Rows are never changed; a new evaluation is a new row.
    """

    challenger = models.ForeignKey(ModelVersion, models.PROTECT, related_name="evaluations")
    champion = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    run = models.ForeignKey(
        "recognizer.TrainingRun", models.SET_NULL, null=True, blank=True, related_name="evaluations"
    )
    gate_result = models.CharField(max_length=24, choices=GateResult)
    decided_by = models.CharField(max_length=300)  # the rule that decided, in words
    report = models.JSONField()  # sets, tests, results by digit, calibration, changed predictions
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.challenger} against {self.champion}: {self.gate_result}"


class PromotionKind(models.TextChoices):
    FIRST = "first"
    PROMOTION = "promotion"
    OVERRIDE = "override"
    ROLLBACK = "rollback"


class Promotion(models.Model):
    """An append-only log: the model of the newest row is the champion, whose predictions are shown
    to users."""

    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="promotions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    kind = models.CharField(max_length=10, choices=PromotionKind, default=PromotionKind.PROMOTION)
    evaluation = models.ForeignKey(
        Evaluation, models.PROTECT, null=True, blank=True, related_name="promotions"
    )
    replaces = models.OneToOneField(  # of two concurrent promotions the second violates this
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.model} since {self.created_at:%Y-%m-%d %H:%M}"

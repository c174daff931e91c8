"""Versions of networks, known by the SHA-256 of their weights, which of them serves, and why."""

from django.conf import settings
from django.db import models


class ModelVersion(models.Model):
    """A network with its card. Its files lie in the file storage under `folder`.

    One that `is_shadow` answers every drawing after the champion did, for comparison; one that
    `is_shown` answers beside the champion on the drawing page, for who asks (recognizer/beside).
    """

    name = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.CharField(max_length=40)
    card = models.JSONField()
    is_shadow = models.BooleanField(default=False)
    is_shown = models.BooleanField(default=False)
    erased_since = models.DateTimeField(  # since then somebody it learnt from has been erased
        null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How answers name it: `name@` and the first twelve digits of the hash."""
        return f"{self.name}@{self.sha256[:12]}"

    @property
    def folder(self) -> str:
        return f"models/{self.sha256}"


class GateResult(models.TextChoices):
    PASSED = "passed"
    REFUSED = "refused"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence", "insufficient evidence"


class Evaluation(models.Model):
    """A challenger beside the champion on the same frozen sets: the numbers, the gate
    result, and the rule that decided. Never changed; a new comparison is a new row."""

    challenger = models.ForeignKey(ModelVersion, models.PROTECT, related_name="evaluations")
    champion = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    run = models.ForeignKey(
        "recognizer.TrainingRun", models.SET_NULL, null=True, blank=True, related_name="evaluations"
    )
    gate_result = models.CharField(max_length=24, choices=GateResult)
    decided_by = models.CharField(max_length=300)  # the rule, in words
    report = models.JSONField()  # sets, tests, per digit, calibration, what changed side
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
    """Append-only: the newest row names the champion, the model whose answers people see."""

    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="promotions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    kind = models.CharField(max_length=10, choices=PromotionKind, default=PromotionKind.PROMOTION)
    evaluation = models.ForeignKey(
        Evaluation, models.PROTECT, null=True, blank=True, related_name="promotions"
    )
    replaces = models.OneToOneField(  # two promotions at once: the second finds its place taken
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.model} since {self.created_at:%Y-%m-%d %H:%M}"

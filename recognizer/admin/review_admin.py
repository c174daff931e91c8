"""Admin pages of ground truth, gold drawings, review items and annotator statistics. They are
read-only, except that gold drawings can be deleted."""

from django.contrib import admin
from django.http import HttpRequest

from recognizer.admin.base_admin import ReadOnlyAdmin, format_label, render_ink_svg
from recognizer.models import AnnotatorStats, GoldDrawing, GroundTruth, ReviewItem
from recognizer.review.annotator_accuracy import compute_weights


class DrawingRelatedAdmin(ReadOnlyAdmin):
    """Base class of tables with one row per drawing."""

    search_fields = ("=drawing__id", "drawing__owner__username")

    @admin.display(description="ink")
    def thumbnail(self, row: GroundTruth | GoldDrawing | ReviewItem) -> str:
        return render_ink_svg(row.drawing, size=48)

    @admin.display(description="owner", ordering="drawing__owner__username")
    def owner(self, row: GroundTruth | GoldDrawing | ReviewItem) -> str:
        return row.drawing.owner.username

    @admin.display(description="label", ordering="value")
    def label_text(self, row: GroundTruth | GoldDrawing) -> str:
        return format_label(row.value)


@admin.register(GroundTruth)
class GroundTruthAdmin(DrawingRelatedAdmin):
    list_display = (
        "thumbnail",
        "label_text",
        "basis",
        "owner",
        "revision",
        "is_set_aside",
        "decided_at",
    )
    list_filter = ("value", "basis", "is_set_aside", "decided_at")
    list_select_related = ("drawing__owner",)
    raw_id_fields = ("drawing", "label")


@admin.register(GoldDrawing)
class GoldDrawingAdmin(DrawingRelatedAdmin):
    list_display = ("thumbnail", "label_text", "owner", "revision", "created_at")
    list_filter = ("value", "created_at")
    list_select_related = ("drawing__owner",)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True


@admin.register(ReviewItem)
class ReviewItemAdmin(DrawingRelatedAdmin):
    list_display = ("thumbnail", "reason", "priority", "owner", "is_gold", "leased_by")
    list_filter = ("reason", "is_gold", "created_at")
    list_select_related = ("drawing__owner", "leased_by")


@admin.register(AnnotatorStats)
class AnnotatorStatsAdmin(ReadOnlyAdmin):
    """Annotator statistics of all users, with the resulting label weights."""

    list_display = (
        "user",
        "claims_correct",
        "claims_incorrect",
        "claim_weight",
        "reviews_correct",
        "reviews_incorrect",
        "review_weight",
    )
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-claims_incorrect", "-reviews_incorrect", "pk")

    @admin.display(description="claim weight")
    def claim_weight(self, stats: AnnotatorStats) -> str:
        return f"{compute_weights(stats).claim:.2f}"

    @admin.display(description="review weight")
    def review_weight(self, stats: AnnotatorStats) -> str:
        return f"{compute_weights(stats).review:.2f}"

"""What reviewers and the rule made of what people said: shown, and changed by their own ways. Gold
drawings can be taken back here, and made on the page of drawings."""

from django.contrib import admin
from django.http import HttpRequest

from recognizer.admin.base_admin import ReadOnlyAdmin, format_label, render_ink_svg
from recognizer.models import AnnotatorStats, GoldDrawing, GroundTruth, ReviewItem
from recognizer.review.annotator_stats import compute_weights


class DrawingRelatedAdmin(ReadOnlyAdmin):
    """A table with one row a drawing."""

    search_fields = ("=drawing__id", "drawing__owner__username")

    @admin.display(description="ink")
    def thumbnail(self, row: GroundTruth | GoldDrawing | ReviewItem) -> str:
        return render_ink_svg(row.drawing, size=48)

    @admin.display(description="owner", ordering="drawing__owner__username")
    def owner(self, row: GroundTruth | GoldDrawing | ReviewItem) -> str:
        return row.drawing.owner.username

    @admin.display(description="is", ordering="value")
    def said(self, row: GroundTruth | GoldDrawing) -> str:
        return format_label(row.value)


@admin.register(GroundTruth)
class GroundTruthAdmin(DrawingRelatedAdmin):
    list_display = ("thumbnail", "said", "basis", "owner", "revision", "is_set_aside", "decided_at")
    list_filter = ("value", "basis", "is_set_aside", "decided_at")
    list_select_related = ("drawing__owner",)
    raw_id_fields = ("drawing", "label")


@admin.register(GoldDrawing)
class GoldDrawingAdmin(DrawingRelatedAdmin):
    list_display = ("thumbnail", "said", "owner", "revision", "created_at")
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
    """In full, for admins: how often each person was right, and what their word weighs for it."""

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

    @admin.display(description="a claim weighs")
    def claim_weight(self, record: AnnotatorStats) -> str:
        return f"{compute_weights(record).claim:.2f}"

    @admin.display(description="a verdict weighs")
    def review_weight(self, record: AnnotatorStats) -> str:
        return f"{compute_weights(record).review:.2f}"

"""Admin pages of ground truth, gold drawings, review items, annotator statistics and findings about
reviewers. They are read-only, except that gold drawings can be deleted and used again, and that
findings can be resolved."""

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from recognizer.admin.base_admin import (
    ReadOnlyAdmin,
    format_label,
    label_choices,
    make_choice_filter,
    render_ink_svg,
)
from recognizer.models import (
    AnnotatorStats,
    Drawing,
    GoldDrawing,
    GroundTruth,
    ReviewerFinding,
    ReviewItem,
)
from recognizer.review.gold_drawings import resume_gold_drawing
from recognizer.review.reviewers.annotator_accuracy import compute_weights
from recognizer.review.reviewers.reviewer_suspension import CannotResolve, resolve_finding
from recognizer.views.access_decorators import require_user


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
    list_filter = (
        make_choice_filter("value", label_choices()),
        "basis",
        "is_set_aside",
        "decided_at",
    )
    list_select_related = ()  # the joins would sort all rows
    raw_id_fields = ("drawing", "label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroundTruth]:
        drawings = Drawing.objects.select_related("owner")
        return super().get_queryset(request).prefetch_related(Prefetch("drawing", drawings))


@admin.register(GoldDrawing)
class GoldDrawingAdmin(DrawingRelatedAdmin):
    list_display = ("thumbnail", "label_text", "owner", "revision", "created_at", "suspended_at")
    list_filter = ("value", ("suspended_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("drawing__owner",)
    actions = ("use_again",)

    @admin.action(description="Use again (the dissenting review is wrong)")
    def use_again(self, request: HttpRequest, chosen: QuerySet[GoldDrawing]) -> None:
        for gold in chosen:
            resume_gold_drawing(gold)

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


@admin.register(ReviewerFinding)
class ReviewerFindingAdmin(ReadOnlyAdmin):
    """Reviewers that were suspended, with the evidence."""

    list_display = (
        "created_at",
        "user",
        "digit_text",
        "labelled_as_text",
        "num_incorrect",
        "num_compared",
        "expected_rate",
        "p_value",
        "outcome",
    )
    list_filter = ("outcome", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    actions = ("confirm", "dismiss")
    fields = (
        "user",
        ("digit_text", "labelled_as_text"),
        ("num_incorrect", "num_compared", "expected_rate", "p_value"),
        "examples",
        "created_at",
        ("outcome", "resolved_at", "resolved_by"),
    )

    @admin.display(description="digit", ordering="digit")
    def digit_text(self, finding: ReviewerFinding) -> str:
        return "all" if finding.digit is None else format_label(finding.digit)

    @admin.display(description="most often labelled as", ordering="labelled_as")
    def labelled_as_text(self, finding: ReviewerFinding) -> str:
        return format_label(finding.labelled_as)

    @admin.display(description="drawings with incorrect labels")
    def examples(self, finding: ReviewerFinding) -> str:
        drawings = Drawing.objects.filter(
            pk__in=finding.drawing_ids, deleted_at=None, owner__may_teach=True
        )
        return format_html_join(" ", "{}", ((render_ink_svg(one, size=96),) for one in drawings))

    @admin.action(description="Confirm: the labels of the reviewer stay set aside")
    def confirm(self, request: HttpRequest, chosen: QuerySet[ReviewerFinding]) -> None:
        self._resolve(request, chosen, ReviewerFinding.Outcome.CONFIRMED)

    @admin.action(description="Dismiss: the labels of the reviewer count again")
    def dismiss(self, request: HttpRequest, chosen: QuerySet[ReviewerFinding]) -> None:
        self._resolve(request, chosen, ReviewerFinding.Outcome.DISMISSED)

    def _resolve(
        self, request: HttpRequest, chosen: QuerySet[ReviewerFinding], outcome: str
    ) -> None:
        for finding in chosen:
            try:
                resolve_finding(finding, by=require_user(request), outcome=outcome)
            except CannotResolve as error:
                messages.warning(request, f"{finding.user}: {error.message}")

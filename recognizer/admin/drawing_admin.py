"""Admin pages of drawings, predictions and labels. They are read-only, except that drawings can be
deleted and made gold. Only their owner can restore them."""

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from recognizer.admin.base_admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    format_label,
    label_choices,
    make_choice_filter,
    render_ink_svg,
    render_raster_image,
)
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Drawing, Label, ModelVersion, Prediction, ReviewReason
from recognizer.permission_checked_lookups import NotFound
from recognizer.protocol import POINTER_TYPES, RECOGNITION_FAILURES
from recognizer.review.gold_drawings import CannotMakeGold, create_gold_drawing


class PredictionInline(ReadOnlyInline):
    model = Prediction
    fields = ("created_at", "revision", "model", "decision", "digit", "confidence", "raster_image")

    @admin.display(description="raster")
    def raster_image(self, prediction: Prediction) -> str:
        return render_raster_image(prediction.drawing, prediction, size=56)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        return super().get_queryset(request).select_related("model", "drawing__owner")


class LabelInline(ReadOnlyInline):
    model = Label
    fk_name = "drawing"
    fields = ("created_at", "author", "kind", "revision", "label_text", "reason", "source")

    @admin.display(description="label")
    def label_text(self, label: Label) -> str:
        return format_label(label.value)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        return super().get_queryset(request).select_related("author")


@admin.register(Drawing)
class DrawingAdmin(ReadOnlyAdmin):
    list_display = (
        "thumbnail",
        "created_at",
        "owner",
        "status",
        "prediction_text",
        "claim_text",
        "is_deleted",
    )
    list_display_links = ("thumbnail", "created_at")
    list_filter = (
        "status",
        make_choice_filter("error", [(code, code) for code in RECOGNITION_FAILURES]),
        "prediction__decision",
        make_choice_filter("claim", label_choices()),
        make_choice_filter("pointer", [(name, name) for name in POINTER_TYPES]),
        "created_at",
    )
    list_select_related = ()  # the joins would sort all rows
    search_fields = ("=id", "owner__username")
    actions = ("move_to_trash", "mark_as_gold")
    inlines = (PredictionInline, LabelInline)
    fields = (
        ("ink_image", "raster_image"),
        ("owner", "prediction_text", "claim_text"),
        ("id", "ref", "revision", "pointer"),
        ("created_at", "drawn_at", "deleted_at"),
        ("status", "error", "attempts", "lease_until", "due_at"),
        ("picture", "cursor"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drawing]:
        shown = Prediction.objects.select_related("model").defer("model__card")
        return (
            super().get_queryset(request).prefetch_related("owner", Prefetch("prediction", shown))
        )

    @admin.display(description="ink")
    def thumbnail(self, drawing: Drawing) -> str:
        return render_ink_svg(drawing, size=48)

    @admin.display(description="ink")
    def ink_image(self, drawing: Drawing) -> str:
        return render_ink_svg(drawing, size=224)

    @admin.display(description="raster")
    def raster_image(self, drawing: Drawing) -> str:
        return render_raster_image(drawing, drawing.prediction, size=224)

    @admin.display(description="prediction")
    def prediction_text(self, drawing: Drawing) -> str:
        return str(drawing.prediction or "–")

    @admin.display(description="claim", ordering="claim")
    def claim_text(self, drawing: Drawing) -> str:
        return format_label(drawing.claim)

    @admin.display(description="deleted", boolean=True, ordering="deleted_at")
    def is_deleted(self, drawing: Drawing) -> bool:
        return drawing.deleted_at is not None

    @admin.action(description="Delete (the owner can restore it for 10 minutes)")
    def move_to_trash(self, request: HttpRequest, chosen: QuerySet[Drawing]) -> None:
        for drawing in chosen:
            try:
                delete_drawing(owner_id=drawing.owner_id, drawing_id=drawing.pk)
            except NotFound:
                messages.warning(request, f"{drawing.pk} has already been deleted.")

    @admin.action(description="Use as hidden gold (the ground truth is certain)")
    def mark_as_gold(self, request: HttpRequest, chosen: QuerySet[Drawing]) -> None:
        for drawing in chosen:
            try:
                create_gold_drawing(drawing)
            except CannotMakeGold as error:
                messages.warning(request, f"{drawing.pk}: {error}")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = (
        "raster_image",
        "created_at",
        "drawing",
        "decision",
        "digit",
        "confidence",
        "model",
    )
    list_display_links = ("raster_image", "created_at")
    list_filter = (
        "decision",
        make_choice_filter("digit", label_choices()),
        "model",
        "created_at",
    )
    ordering = ("id",)
    list_select_related = ()
    search_fields = ("=drawing__id", "drawing__owner__username")
    exclude = ("raster",)
    readonly_fields = ("raster_image",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        drawings = Drawing.objects.select_related("owner").defer("ink")
        models = ModelVersion.objects.defer("card")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("drawing", drawings), Prefetch("model", models))
        )

    @admin.display(description="raster")
    def raster_image(self, prediction: Prediction) -> str:
        return render_raster_image(prediction.drawing, prediction, size=56)


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "author", "kind", "label_text", "drawing", "revision", "source")
    list_filter = (
        "kind",
        make_choice_filter("value", label_choices()),
        make_choice_filter("reason", ReviewReason.choices),
        "blind",
        "source",
        "created_at",
    )
    ordering = ("id",)
    list_select_related = ()
    search_fields = ("=drawing__id", "author__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                "author",
                Prefetch("drawing", Drawing.objects.defer("ink")),
                Prefetch("shown_prediction", Prediction.objects.defer("raster")),
            )
        )

    @admin.display(description="label", ordering="value")
    def label_text(self, label: Label) -> str:
        return format_label(label.value)

"""Admin pages of model versions and promotions. Both are read-only."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from recognizer.admin.base_admin import ReadOnlyAdmin, ReadOnlyInline
from recognizer.models import ModelVersion, Promotion


class PromotionInline(ReadOnlyInline):
    model = Promotion
    fields = ("created_at", "by", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        return super().get_queryset(request).select_related("by")


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("ref", "architecture", "created_at", "is_champion")
    list_filter = ("name", "architecture", "created_at")
    search_fields = ("name", "sha256__startswith")
    fields = (("name", "architecture", "created_at"), "sha256", "card_text")
    inlines = (PromotionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        newest = Promotion.objects.order_by("-id").values("model_id")[:1]
        versions: QuerySet[ModelVersion] = super().get_queryset(request)
        return versions.annotate(champion_id=newest)

    @admin.display(description="champion", boolean=True)
    def is_champion(self, version: ModelVersion) -> bool:
        return bool(getattr(version, "champion_id", None) == version.pk)

    @admin.display(description="model card")
    def card_text(self, version: ModelVersion) -> str:
        return format_html("<pre>{}</pre>", json.dumps(version.card, indent=2))


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "model", "by", "reason")
    list_filter = ("created_at", "model__name")
    list_select_related = ("model", "by")
    search_fields = ("reason", "model__name", "by__username")

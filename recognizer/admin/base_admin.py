"""Base classes of the admin pages of append-only tables: read-only pages and inlines."""

import base64
import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from recognizer.drawings.ink_validation import svg_path
from recognizer.drawings.raster_png import encode_prediction_raster
from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, Prediction
from recognizer.protocol import RECOGNITION_FAILURES

EMPTY_VALUE = "–"
HIDDEN_VALUE = "hidden"
"""Shown instead of a drawing of a user without consent, or of a deleted one."""


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """Rows of an append-only table on the page of a related object."""

    can_delete = False
    extra = max_num = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def format_label(value: int | None) -> str:
    if value is None:
        return EMPTY_VALUE
    return "not a digit" if value == NOT_A_DIGIT_LABEL else str(value)


def is_visible_to_admins(drawing: Drawing) -> bool:
    """Return whether its owner has consented to training and keeps the drawing."""
    return drawing.owner.may_teach and drawing.deleted_at is None


def render_ink_svg(drawing: Drawing, *, size: int) -> str:
    """Render the ink as an SVG of `size` pixels. It contains numbers only."""
    if not is_visible_to_admins(drawing):
        return HIDDEN_VALUE
    if not drawing.ink:
        return _describe_picture(drawing) if drawing.picture else EMPTY_VALUE
    strokes = json.loads(drawing.ink)
    xs = [point[0] for stroke in strokes for point in stroke]
    ys = [point[1] for stroke in strokes for point in stroke]
    side = max(max(xs) - min(xs), max(ys) - min(ys), 1)
    left = (max(xs) + min(xs)) / 2 - side * 0.6
    top = (max(ys) + min(ys)) / 2 - side * 0.6
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="{1} {2} {3} {3}" role="img" aria-label="ink">'
        '<path d="{4}" fill="none" stroke="currentColor" stroke-width="{5}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>',
        size,
        left,
        top,
        side * 1.2,
        svg_path(strokes),
        side * 0.06,
    )


def _describe_picture(drawing: Drawing) -> str:
    """Return `picture`, and why it could not be recognized."""
    reason = RECOGNITION_FAILURES.get(drawing.error or "")
    return f"picture. {reason}" if reason else "picture"


def render_raster_image(drawing: Drawing, prediction: Prediction | None, *, size: int) -> str:
    """Render the raster of a prediction of the drawing, enlarged."""
    if not is_visible_to_admins(drawing):
        return HIDDEN_VALUE
    if prediction is None:
        return EMPTY_VALUE
    data = base64.b64encode(encode_prediction_raster(prediction)).decode()
    return format_html(
        '<img width="{0}" height="{0}" src="data:image/png;base64,{1}" alt="preprocessed raster">',
        size,
        data,
    )

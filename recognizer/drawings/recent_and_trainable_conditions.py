"""Conditions on drawings that several packages share."""

from __future__ import annotations

from django.db.models import Q

from recognizer.models import Drawing, Status

MAX_RECENT_DRAWINGS = 20_000
"""Ids grow with time, so the newest drawings are a range of the primary key. A maintenance job that
runs every few seconds does not scan a table of millions of rows."""


def recent_drawings_filter() -> Q:
    """Match the newest drawings."""
    return Q(pk__in=Drawing.objects.order_by("-id").values("pk")[:MAX_RECENT_DRAWINGS])


def trainable_filter(prefix: str = "") -> Q:
    """Match recognized drawings that are not deleted, of active users who allow training on them.

    Only these are shown to reviewers and used for training. `prefix` is the path from the queried
    model to the drawing, such as "drawing__".
    """
    conditions = {
        "status": Status.RECOGNIZED,
        "deleted_at": None,
        "owner__may_teach": True,
        "owner__is_active": True,
    }
    return Q(**{prefix + name: value for name, value in conditions.items()})

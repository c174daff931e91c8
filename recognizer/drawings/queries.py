"""The newest drawings of all: what chores that look at the present are bounded to."""

from __future__ import annotations

from django.db.models import Q

from recognizer.models import Drawing

MAX_RECENT_DRAWINGS = 20_000
"""Drawings; found by their ids, which are in the order of time, so that a chore that runs every few
seconds does not go through a table of millions."""


def recent_drawings_filter() -> Q:
    """A drawing among the newest."""
    beyond = Drawing.objects.order_by("-id").values_list("pk", flat=True)[
        MAX_RECENT_DRAWINGS : MAX_RECENT_DRAWINGS + 1
    ]
    floor = next(iter(beyond), None)
    return Q() if floor is None else Q(pk__gt=floor)

"""Stored drawings of 5,000 points: `python -m bench.harness.heavy_drawings USER COUNT`.

The rate limits would spread them over many minutes, so they are created in the database.
"""

from __future__ import annotations

import json
import os
import random
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizer.models import Drawing

NUM_STROKES, POINTS_PER_STROKE = 50, 100


def format_heavy_ink(seed: int) -> str:
    """Return the strokes of a scribble with the most points that a drawing may have, as JSON."""
    place = random.Random(seed)
    strokes = [
        [
            [round(place.uniform(0, 1000), 2), round(place.uniform(0, 1000), 2), at * 8, 0.5]
            for at in range(POINTS_PER_STROKE)
        ]
        for _ in range(NUM_STROKES)
    ]
    return json.dumps(strokes, separators=(",", ":"))


def store_heavy_drawings(username: str, count: int) -> None:
    from django.utils import timezone

    from recognizer.models import Drawing, Status, User

    owner, now = User.objects.get(username=username), timezone.now()
    drawings: list[Drawing] = [
        Drawing(
            owner=owner,
            ink=format_heavy_ink(number),
            created_at=now,
            drawn_at=now,
            status=Status.FAILED,
        )
        for number in range(count)
    ]
    Drawing.objects.bulk_create(drawings)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    store_heavy_drawings(sys.argv[1], int(sys.argv[2]))

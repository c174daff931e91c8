"""Batches of drawings, formed by turns between users and bounded by their points.

A drawing is heavy if it takes as long as many usual ones: a picture, or ink of many points. Heavy
drawings have their own queue and worker, so that usual ones never wait for them.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass

from recognizer.protocol import HEAVY_RECOGNITION_QUEUE, RECOGNITION_QUEUE

HEAVY_INK_POINTS = 1_000
"""Usual ink has about 100 points. Random points take up to 3.5 µs each to rasterize."""
PICTURE_POINTS = 4_000
"""A picture takes as long as ink of this many points."""
MAX_BATCH_POINTS = 16_000
MAX_BATCH_POINTS_PER_USER = 4_000
"""A user's share of a batch. The last drawing may exceed both bounds."""


@dataclass(frozen=True, slots=True)
class PendingDrawing:
    """A stored drawing without a prediction; `ink` is empty for a picture."""

    id: str
    owner_id: int
    revision: int
    ink: str
    ref: str = ""

    @property
    def points(self) -> int:
        """The number of points, counted without parsing: each point and each list opens once."""
        return self.ink.count("[") if self.ink else PICTURE_POINTS

    @property
    def queue(self) -> str:
        """The name of the task queue."""
        is_heavy = not self.ink or self.points > HEAVY_INK_POINTS
        return HEAVY_RECOGNITION_QUEUE if is_heavy else RECOGNITION_QUEUE


class FairQueue:
    """Waiting drawings by user. Not thread-safe."""

    def __init__(self) -> None:
        self._by_user: dict[int, dict[str, tuple[PendingDrawing, float]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_user)

    def add(self, drawing: PendingDrawing, *, expires_at: float) -> None:
        """Add a drawing. A newer revision replaces an older one."""
        self._by_user.setdefault(drawing.owner_id, {})[drawing.id] = drawing, expires_at

    def take_batch(self, max_drawings: int) -> list[PendingDrawing]:
        """Remove and return one drawing of each user in turn, the oldest first, without those that
        have expired. The users of this batch come last in the next one."""
        now = time.monotonic()
        batch: list[PendingDrawing] = []
        points: Counter[int] = Counter()
        turns, total = deque(self._by_user), 0
        while turns and len(batch) < max_drawings and total < MAX_BATCH_POINTS:
            user = turns.popleft()
            drawings = self._by_user[user]
            drawing, expires_at = drawings.pop(next(iter(drawings)))
            if expires_at > now:
                batch.append(drawing)
                size = drawing.points
                points[user] += size
                total += size
            if not drawings:
                del self._by_user[user]
            elif points[user] < MAX_BATCH_POINTS_PER_USER:
                turns.append(user)
        for user in points:
            if user in self._by_user:
                self._by_user[user] = self._by_user.pop(user)
        return batch

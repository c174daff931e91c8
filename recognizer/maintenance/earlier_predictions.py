"""Deletion of old predictions of earlier revisions, with their rasters.

Every pen lift makes a revision with a prediction of 1 to 2 KB. The page of a drawing shows them;
nothing else reads them after drift detection.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import takewhile

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from recognizer.models import Label, Prediction

SCAN_BATCH_SIZE = 5_000


class EarlierPredictionDeletion:
    """Deletes the predictions that are older than REVISION_RETENTION_DAYS, of earlier revisions and
    without a label that was given to them.

    Ids grow with time, so each process reads each prediction once, a batch in each run.
    """

    def __init__(self) -> None:
        self._last_id = 0

    def run(self) -> int:
        """Read one batch. Return the number of predictions deleted."""
        days = settings.REVISION_RETENTION_DAYS
        if not days:
            return 0
        before = timezone.now() - timedelta(days=days)
        rows = Prediction.objects.filter(pk__gt=self._last_id).order_by("pk")
        batch = rows.values_list("pk", "created_at")[:SCAN_BATCH_SIZE]
        old = [id for id, _ in takewhile(lambda row: row[1] < before, batch)]
        if not old:
            return 0
        labels = Label.objects.filter(shown_prediction=OuterRef("pk"))
        outdated = Prediction.objects.filter(
            ~Exists(labels),
            pk__gt=self._last_id,
            pk__lte=old[-1],
            revision__lt=F("drawing__revision"),
        )
        deleted, _ = outdated.delete()
        self._last_id = old[-1]
        return deleted

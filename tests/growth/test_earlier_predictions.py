"""Old predictions of earlier revisions are deleted, each row is read once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer.maintenance import earlier_predictions
from recognizer.maintenance.earlier_predictions import EarlierPredictionDeletion
from recognizer.models import Drawing, Label, Prediction, User
from tests.api.factories import make_recognized_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

OLD = timedelta(days=40)


@pytest.fixture(autouse=True)
def _retention(settings: Any) -> None:
    settings.REVISION_RETENTION_DAYS = 30


def _make_revisions(owner: User, *ages: timedelta) -> list[Prediction]:
    """Return the predictions of the revisions of one drawing, the last one its newest."""
    drawing = make_recognized_drawing(owner)
    assert drawing.prediction
    columns = [
        field.name for field in Prediction._meta.fields if field.name not in ("id", "created_at")
    ]
    values = {name: getattr(drawing.prediction, name) for name in columns}
    drawing.prediction.delete()
    made = [
        Prediction.objects.create(
            **{**values, "revision": number, "created_at": timezone.now() - age}
        )
        for number, age in enumerate(ages, start=1)
    ]
    Drawing.objects.filter(pk=drawing.pk).update(revision=len(ages), prediction=made[-1])
    return made


def test_deletes_old_predictions_of_earlier_revisions_only(owner: User) -> None:
    _, second, recent, newest = _make_revisions(owner, OLD, OLD, timedelta(days=20), OLD)
    (only,) = _make_revisions(owner, OLD)
    Label.objects.create(
        drawing=second.drawing, author=owner, revision=2, value=3, shown_prediction=second
    )
    assert EarlierPredictionDeletion().run() == 1
    kept = set(Prediction.objects.values_list("pk", flat=True))
    assert kept == {second.pk, recent.pk, newest.pk, only.pk}


def test_keeps_everything_by_default(owner: User, settings: Any) -> None:
    settings.REVISION_RETENTION_DAYS = 0
    _make_revisions(owner, OLD, OLD)
    assert EarlierPredictionDeletion().run() == 0
    assert Prediction.objects.count() == 2


def test_reads_each_prediction_once(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier_predictions, "SCAN_BATCH_SIZE", 2)
    _make_revisions(owner, OLD, OLD, OLD, OLD, OLD)
    deletion = EarlierPredictionDeletion()
    assert [deletion.run() for _ in range(4)] == [2, 2, 0, 0]
    with CaptureQueriesContext(connection) as queries:
        deletion.run()
    assert len(queries) == 1
    later = _make_revisions(owner, OLD, OLD)
    assert deletion.run() == 1
    assert not Prediction.objects.filter(pk=later[0].pk).exists()

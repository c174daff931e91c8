"""The rows of a table in a backup, read in chunks."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.utils import timezone

from recognizer.backup import table_rows
from recognizer.models import Drawing, User
from tests.pipeline.factories import make_submission, store_drawings

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize("model", [Drawing, Session, User])
@pytest.mark.parametrize("num_rows", [1, 4, 5])
def test_chunks_have_each_row_once(
    owner: User, model: type[Model], num_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_rows, "ROWS_PER_CHUNK", 2)
    store_drawings(*(make_submission(owner) for _ in range(num_rows)))
    for number in range(num_rows):
        Session.objects.create(session_key=f"Key_{number}-é", expire_date=timezone.now())
        User.objects.create(username=f"user{number}", username_key=f"user{number}")
    counts: list[int] = []

    header, *lines = b"".join(table_rows.encode_rows(model, counts.append)).splitlines()

    key = json.loads(header).index(model._meta.pk.column)
    keys = [json.loads(line)[key] for line in lines]
    stored = model._base_manager.values_list("pk", flat=True)
    assert sorted(map(str, keys)) == sorted(map(str, stored))
    assert sum(counts) == len(stored)
    assert max(counts) <= 2

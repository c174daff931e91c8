"""Storing of a batch of drawings in one transaction."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import Drawing, Feed, Label, Status, User
from tests.pipeline.factories import INK, OTHER_INK, make_submission, outcome_codes, store_drawings

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_stores_a_batch_in_a_few_queries(owner: User, outsider: User) -> None:
    batch = [make_submission(user) for user in (owner, outsider, owner)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        stored = store_drawings(*batch)
    assert outcome_codes(stored) == ["new", "new", "new"]
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 4
    rows = {str(drawing.pk): drawing for drawing in Drawing.objects.all()}
    assert {job.id for job in stored.pending} == set(rows)
    assert all(drawing.status == "queued" and drawing.due_at for drawing in rows.values())
    cursors = [(change.user_id, change.cursor) for change in stored.events]
    assert sorted(cursors) == sorted([(owner.pk, 1), (owner.pk, 2), (outsider.pk, 1)])
    for change in stored.events:
        assert change.body is not None
        assert change.body["type"] == "drawing"
        assert rows[change.body["id"]].cursor == change.cursor
        assert change.body["created_at"] == rows[change.body["id"]].created_at.isoformat()
    assert Feed.objects.get(user=owner).cursor == 2


def test_a_newer_revision_replaces_ink_prediction_and_claim(owner: User) -> None:
    ref = uuid4()
    [first] = store_drawings(make_submission(owner, ref=ref)).outcomes
    Drawing.objects.update(status=Status.RECOGNIZED, claim=3, attempts=2, error="x", due_at=None)
    [second] = store_drawings(make_submission(owner, ref=ref, revision=5, ink=OTHER_INK)).outcomes
    drawing = Drawing.objects.get()
    assert not isinstance(second, Exception)
    assert not second.created
    assert drawing.pk == second.id == getattr(first, "id", None)
    assert (drawing.revision, drawing.ink, drawing.status) == (5, OTHER_INK, "queued")
    assert (drawing.claim, drawing.attempts, drawing.error) == (None, 0, "")
    assert drawing.due_at
    assert drawing.cursor == 2


def test_accepts_the_same_drawing_again_with_its_status(owner: User) -> None:
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref))
    Drawing.objects.update(status=Status.RECOGNIZED)
    stored = store_drawings(make_submission(owner, ref=ref))
    assert outcome_codes(stored) == ["again"]
    assert getattr(stored.outcomes[0], "status", None) == "recognized"
    assert stored.pending == []
    assert Drawing.objects.get().status == "recognized"


def test_ink_does_not_replace_a_picture(owner: User) -> None:
    """Otherwise no row would name the file of the picture, and it could not be erased."""
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref, ink="", picture="pictures/x.png"))
    assert outcome_codes(store_drawings(make_submission(owner, ref=ref, revision=2))) == [
        "conflict"
    ]
    assert Drawing.objects.get().picture.name == "pictures/x.png"


@pytest.mark.parametrize(
    ("revision", "ink", "code"),
    [(3, OTHER_INK, "conflict"), (2, INK, "stale"), (3, INK, "again"), (4, INK, "again")],
)
def test_compares_revisions_with_the_stored_drawing(
    owner: User, revision: int, ink: str, code: str
) -> None:
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref, revision=3))
    assert outcome_codes(
        store_drawings(make_submission(owner, ref=ref, revision=revision, ink=ink))
    ) == [code]


def test_refuses_a_revision_of_a_deleted_drawing(owner: User) -> None:
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref))
    Drawing.objects.update(deleted_at="2026-01-01T00:00Z")
    assert outcome_codes(store_drawings(make_submission(owner, ref=ref, revision=2))) == ["deleted"]
    assert Drawing.objects.get().revision == 1


def test_two_users_may_use_the_same_ref(owner: User, outsider: User) -> None:
    ref = uuid4()
    stored = store_drawings(
        make_submission(owner, ref=ref), make_submission(outsider, ref=ref, ink=OTHER_INK)
    )
    assert outcome_codes(stored) == ["new", "new"]


@pytest.mark.parametrize(
    ("revisions", "inks", "expected"),
    [
        ((1, 2, 3), (INK, INK, INK), ["again", "again", "new"]),
        ((2, 1), (INK, INK), ["new", "stale"]),
        ((1, 1), (INK, INK), ["new", "new"]),
        ((1, 1), (INK, OTHER_INK), ["new", "conflict"]),
    ],
)
def test_stores_only_the_newest_revision_of_a_batch(
    owner: User, revisions: list[int], inks: list[str], expected: list[str]
) -> None:
    ref = uuid4()
    pairs = zip(revisions, inks, strict=True)
    batch = [make_submission(owner, ref=ref, revision=revision, ink=ink) for revision, ink in pairs]
    stored = store_drawings(*batch)
    assert outcome_codes(stored) == expected
    assert Drawing.objects.get().revision == max(revisions)
    assert len(stored.pending) == 1


def test_publishes_the_cursor_of_an_unchanged_drawing(owner: User) -> None:
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref))
    [change] = store_drawings(make_submission(owner, ref=ref)).events
    assert (change.cursor, change.body) == (2, None)


def test_a_new_revision_keeps_the_labels_of_the_old_one(owner: User) -> None:
    ref = uuid4()
    store_drawings(make_submission(owner, ref=ref))
    Label.objects.create(
        drawing=Drawing.objects.get(), author=owner, revision=1, value=3, source="page"
    )
    store_drawings(make_submission(owner, ref=ref, revision=2))
    assert Label.objects.get().revision == 1

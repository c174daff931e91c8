"""Calls read the same number of rows on a large site, and their results stay the same."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer.accounts import data_export
from recognizer.admin import base_admin
from recognizer.drawings import (
    changes_since_cursor,
    recent_and_trainable_conditions,
    user_accuracy_stats,
)
from recognizer.drawings.changes_since_cursor import load_changes
from recognizer.drawings.recent_and_trainable_conditions import recent_drawings_filter
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.drawings.user_accuracy_stats import compute_user_stats
from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.models import Drawing, Evaluation, Feed, ReviewItem, SnapshotDrawing, User
from recognizer.review import holdout_quota, review_queue_prioritization
from recognizer.review.owner_claims import set_claim
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.snapshots import next_snapshot_counts
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.next_snapshot_counts import (
    count_next_snapshot,
    refresh_next_snapshot_counts,
)
from tests.api.factories import make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_teaching_drawing
from tests.training.factories import make_run

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _capture(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"] for query in queries]


def test_lists_runs_in_a_fixed_number_of_queries(admin: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    model = make_model_version()
    for gate_result in ("passed", "refused"):
        run = make_run(None, base=model)
        for result in ("insufficient_evidence", gate_result):
            Evaluation.objects.create(
                challenger=model, champion=model, run=run, gate_result=result, report={"sets": []}
            )
    few = _capture(lambda: browser.get("/api/v1/training-runs/?limit=1"))
    with CaptureQueriesContext(connection) as all_runs:
        response = browser.get("/api/v1/training-runs/")
    assert [run["gate_result"] for run in response.json()["results"]] == ["refused", "passed"]
    assert len(all_runs) == len(few)
    assert not [sql for sql in few if '"report"' in sql]


def test_the_training_page_takes_the_same_queries_for_each_number_of_runs(
    admin: User, sign_in: SignIn
) -> None:
    browser = sign_in(admin)
    model = make_model_version()
    make_run(None, base=model)
    few = _capture(lambda: browser.get("/training/"))
    for _ in range(5):
        make_run(None, base=model)
    assert len(_capture(lambda: browser.get("/training/"))) == len(few)


def test_a_large_site_counts_the_next_training_set_after_a_label(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_snapshot_counts, "MAX_UNCACHED_GROUND_TRUTHS", 1)
    drawings = [make_teaching_drawing(owner) for _ in range(3)]
    for count, drawing in enumerate(drawings[:2], start=1):
        append_label(drawing, reviewer, 3)
        assert count_next_snapshot()["training"][3] == count
    append_label(drawings[2], reviewer, 3)
    queries = _capture(lambda: count_next_snapshot())
    assert not [sql for sql in queries if "COUNT" in sql]
    refresh_next_snapshot_counts()
    assert count_next_snapshot()["training"][3] == 3
    queries = _capture(refresh_next_snapshot_counts)
    assert not [sql for sql in queries if "COUNT" in sql]


def test_a_resume_loads_no_rasters_and_model_cards(owner: User) -> None:
    make_recognized_drawing(owner)
    queries = _capture(lambda: load_changes(user_id=owner.pk, since=0))
    assert not [sql for sql in queries if "raster" in sql or '"card"' in sql]


def test_a_resume_loads_no_drawings_that_it_does_not_send(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_since_cursor, "MAX_RESUMED_DRAWINGS", 2)
    for _ in range(2):
        make_recognized_drawing(owner)
    assert len(load_changes(user_id=owner.pk, since=0).drawings) == 2
    make_recognized_drawing(owner)
    with CaptureQueriesContext(connection) as queries:
        changes = load_changes(user_id=owner.pk, since=0)
    assert (changes.is_complete, changes.drawings) == (False, [])
    assert not [query for query in queries if "confidence" in query["sql"]]


def test_statistics_are_counted_again_only_after_a_change(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_accuracy_stats, "MIN_CACHED_CURSOR", 1)
    drawings = [make_recognized_drawing(owner, claim=claim) for claim in (3, 8, None)]
    first = compute_user_stats(owner.pk)
    queries = _capture(lambda: compute_user_stats(owner.pk))
    assert compute_user_stats(owner.pk) == first
    assert not [sql for sql in queries if "recognizer_drawing" in sql]
    assert (first.drawings, first.labelled, first.correct) == (3, 2, 1)
    delete_drawing(owner_id=owner.pk, drawing_id=drawings[0].pk)
    assert compute_user_stats(owner.pk).drawings == 2
    set_claim(owner_id=owner.pk, drawing_id=drawings[2].pk, revision=1, value=3, source="page")
    changed = compute_user_stats(owner.pk)
    assert (changed.labelled, changed.correct) == (2, 1)
    assert Feed.objects.get(user=owner).cursor == 5


def test_the_export_reads_each_drawing_once(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_export, "ROW_BATCH_SIZE", 2)
    drawings = [make_recognized_drawing(owner, minutes_ago=ago) for ago in (1, 5, 3, 2, 4)]
    drawings[3].deleted_at = drawings[3].created_at
    drawings[3].save()
    drawings[4].created_at = drawings[2].created_at  # the last of a page, the first of the next
    drawings[4].save()
    with CaptureQueriesContext(connection) as queries:
        content = b"".join(data_export.export_account(owner))
    archive = zipfile.ZipFile(BytesIO(content))
    lines = [json.loads(line) for line in archive.read("drawings.jsonl").splitlines()]
    expected = [str(drawings[place].pk) for place in (1, 2, 4, 3, 0)]
    assert [line["id"] for line in lines] == expected
    rasters = [name for name in archive.namelist() if name.startswith("rasters/")]
    assert rasters == [f"rasters/{id}.png" for id in expected]
    with_raster = [query["sql"] for query in queries if "raster" in query["sql"]]
    assert with_raster
    assert not [sql for sql in with_raster if '"ink"' in sql or '"probabilities"' in sql]
    assert not [query for query in queries if '"card"' in query["sql"]]


def test_a_snapshot_reads_the_ink_of_new_drawings_only(owner: User, reviewer: User) -> None:
    drawings = [make_teaching_drawing(owner) for _ in range(3)]
    for drawing in drawings[:2]:
        append_label(drawing, reviewer, 3)
    first = build_snapshot(by=None)
    with CaptureQueriesContext(connection) as queries:
        again = build_snapshot(by=None)
    assert again == first
    assert not [query for query in queries if "ink" in query["sql"].replace("ink_sha256", "")]
    append_label(drawings[2], reviewer, 3)
    with CaptureQueriesContext(connection) as queries:
        third = build_snapshot(by=None)
    assert third.items.count() == SnapshotDrawing.objects.count() == 3
    reading_ink = [query["sql"] for query in queries if re.search(r'\.ink\b|"ink"', query["sql"])]
    assert reading_ink
    for sql in reading_ink:
        assert not [one for one in drawings[:2] if one.pk.hex in sql.replace("-", "")]


def test_an_admin_list_counts_a_limited_number_of_rows(
    admin: User, owner: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_admin, "MAX_LISTED_ROWS", 2)
    for _ in range(3):
        make_recognized_drawing(owner)
    for table in ("drawing", "prediction"):
        response = sign_in(admin).get(f"/admin/recognizer/{table}/")
        assert response.context["cl"].result_count == 2


def test_the_admin_search_finds_owners_and_ids(
    admin: User, owner: User, outsider: User, sign_in: SignIn
) -> None:
    own, other = make_recognized_drawing(owner), make_recognized_drawing(outsider)
    browser = sign_in(admin)
    expected = {
        "OWN": {own.pk},
        "outsider": {other.pk},
        str(other.pk): {other.pk},
        own.pk.hex: {own.pk},
        "nobody": set(),
        "o": {own.pk, other.pk},
    }
    for word, ids in expected.items():
        response = browser.get("/admin/recognizer/drawing/", {"q": word})
        assert {row.pk for row in response.context["cl"].result_list} == ids


def test_labels_200_drawings_in_20_queries(admin: User, sign_in: SignIn) -> None:
    owners = [User.objects.create_user(f"owner{number}") for number in range(10)]
    drawings = [make_teaching_drawing(owner, claim=4) for owner in owners for _ in range(20)]
    browser = sign_in(admin)
    ids = [f"{drawing.pk}/1" for drawing in drawings]
    events: list[int] = []

    def post(path: str, body: Mapping[str, object]) -> None:
        response = browser.post(path, body, content_type="application/json")
        events[:] = [one["event"] for one in response.json()["done"]]
        assert len(events) == 200

    for label in (9, "set_aside"):
        relabel = {"ids": ids, "label": label}
        assert len(_capture(lambda body=relabel: post("/api/v1/review/relabel/", body))) <= 20  # type: ignore[misc]
    undo = {"events": events}
    assert len(_capture(lambda: post("/api/v1/review/relabel/undo/", undo))) <= 20


@pytest.mark.parametrize(("value", "count"), [("3", 1), ("none", 1), ("5", 0), ("", 2)])
def test_admin_filters_have_fixed_choices(
    value: str, count: int, admin: User, owner: User, sign_in: SignIn
) -> None:
    for claim in (3, None):
        make_recognized_drawing(owner, claim=claim)
    response = sign_in(admin).get("/admin/recognizer/drawing/", {"claim": value} if value else {})
    assert response.context["cl"].result_count == count


def test_drawings_of_several_owners_are_erased_together(owner: User, outsider: User) -> None:
    def erase(num_drawings: int) -> list[str]:
        for _ in range(num_drawings):
            for user in (owner, outsider):
                drawing = make_recognized_drawing(user, claim=3)
                drawing.deleted_at = drawing.created_at - timedelta(days=1)
                drawing.save()
        return _capture(lambda: erased.append(erase_deleted()))

    erased: list[int] = []
    few, many = erase(1), erase(4)
    assert erased == [2, 8]
    assert len(many) <= len(few)
    assert not Drawing.objects.exists()
    for user in (owner, outsider):
        feed = Feed.objects.get(user=user)
        assert feed.erased_up_to == feed.cursor


def test_recent_drawings_are_a_range_of_ids(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL compared each drawing with each of the newest ids in a subquery."""
    drawings = sorted((make_recognized_drawing(owner) for _ in range(4)), key=lambda one: one.pk)
    for number in (1, 3, 4, 9):
        monkeypatch.setattr(recent_and_trainable_conditions, "MAX_RECENT_DRAWINGS", number)
        recent = Drawing.objects.filter(recent_drawings_filter()).order_by("pk")
        assert list(recent) == drawings[-number:]
        assert "IN (SELECT" not in str(recent.query)


def test_a_full_holdout_needs_no_exact_counts(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout_quota, "MIN_DRAWINGS_PER_LABEL", 1)
    monkeypatch.setattr(holdout_quota, "MIN_HOLDOUT_DRAWINGS", 11)
    for label in range(11):
        assert not holdout_quota.is_holdout_full()
        append_label(make_teaching_drawing(owner, split="holdout"), reviewer, label)
    assert holdout_quota.is_holdout_full()
    make_teaching_drawing(owner, split="holdout")
    monkeypatch.setattr(review_queue_prioritization, "count_holdout", pytest.fail)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=False, is_second=False).exists()

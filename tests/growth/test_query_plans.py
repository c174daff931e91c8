"""No page or periodic job reads or sorts a whole table. On SQLite, whose planner has no statistics
in a test."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from recognizer.accounts import data_export
from recognizer.accounts.data_export import export_account
from recognizer.admin.base_admin import ReadOnlyAdmin
from recognizer.drawings.changes_since_cursor import load_changes
from recognizer.drawings.pagination import list_drawings
from recognizer.drawings.query_string_filters import DrawingFilters
from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.maintenance.drawing_requeue import fail_exhausted_drawings
from recognizer.maintenance.planner_statistics import (
    _correct_row_counts,
    _count_rows,
    update_planner_statistics,
)
from recognizer.models import User
from recognizer.review.double_review_and_gold_items import count_active_reviewers
from recognizer.review.queue import lease_next_item
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
from recognizer.review.search import DrawingSearch, search_drawings
from recognizer.snapshots.build import build_snapshot
from recognizer.snapshots.training_samples import ITEM_BATCH_SIZE, load_training_samples
from recognizer.training.automatic_run_requests import count_new_labels
from tests.fixtures.users import SignIn
from tests.growth.query_plans import find_full_scans, find_sorts, load_plans
from tests.review.factories import append_label, make_teaching_drawing
from tests.training.factories import make_run

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the plans of SQLite"),
]

CALLS: dict[str, Callable[[User, User], object]] = {
    "history": lambda owner, _: list_drawings(owner_id=owner.pk, filters=DrawingFilters()),
    "history with a filter": lambda owner, _: list_drawings(
        owner_id=owner.pk, filters=DrawingFilters(digit=3, wrong=True)
    ),
    "resume": lambda owner, _: load_changes(user_id=owner.pk, since=1),
    "export": lambda owner, _: list(export_account(owner)),
    "next review item": lambda _, reviewer: lease_next_item(reviewer=reviewer),
    "search": lambda _, reviewer: search_drawings(DrawingSearch(), viewer=reviewer),
    "search by user": lambda _, reviewer: search_drawings(
        DrawingSearch(user="owner"), viewer=reviewer
    ),
    "fill queue": lambda *_: fill_queue(timezone.now()),
    "active reviewers": lambda *_: count_active_reviewers(),
    "erase deleted": lambda *_: erase_deleted(),
    "requeue": lambda *_: fail_exhausted_drawings(),
    "new labels": lambda *_: count_new_labels(100),
    "reviewer test": lambda *_: suspend_unreliable_reviewers(),
}


@pytest.fixture
def _labelled(owner: User, reviewer: User) -> None:
    drawings = [make_teaching_drawing(owner, claim=8) for _ in range(4)]
    append_label(drawings[0], reviewer, 3)
    append_label(drawings[1], reviewer, 8)
    make_run(None)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.usefixtures("_labelled")
def test_reads_no_table_completely(name: str, owner: User, reviewer: User) -> None:
    plans = load_plans(lambda: CALLS[name](owner, reviewer))
    assert plans
    assert find_full_scans(plans) == []


@pytest.mark.parametrize("name", ["history", "export", "search", "resume", "requeue"])
@pytest.mark.usefixtures("_labelled")
def test_reads_drawings_in_the_order_of_an_index(name: str, owner: User, reviewer: User) -> None:
    plans = load_plans(lambda: CALLS[name](owner, reviewer))
    assert find_sorts(plans, "recognizer_drawing") == []


@pytest.mark.usefixtures("_labelled")
def test_the_queue_reads_recent_drawings_by_id() -> None:
    """SQLite read all drawings in the order of their owners, 9 s with a million."""
    plans = load_plans(lambda: fill_queue(timezone.now()))
    (turns,) = [plan for sql, plan in plans.items() if "ROW_NUMBER()" in sql and "may_teach" in sql]
    assert any("(id>?)" in step for step in turns)
    assert not [step for step in turns if "drawing_changes" in step or "owner_id" in step]


@pytest.mark.usefixtures("_labelled")
def test_reads_the_lines_of_a_training_set_in_their_order() -> None:
    """SQLite would start a join at the snapshot, and sort all other lines for each batch."""
    snapshot = build_snapshot(by=None)
    plans = load_plans(lambda: load_training_samples(snapshot, "training"))
    assert plans
    assert find_sorts(plans, "recognizer_snapshotitem") == []
    assert not [sql for sql in plans if 'JOIN "recognizer_snapshot" ' in sql]
    with_ink = [sql for sql in plans if '"ink"' in sql]
    assert with_ink
    assert not [sql for sql in with_ink if sql.endswith(f"LIMIT {ITEM_BATCH_SIZE}")]


@pytest.mark.usefixtures("_labelled")
def test_each_page_of_the_export_begins_at_the_end_of_the_last_one(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_export, "ROW_BATCH_SIZE", 1)
    plans = load_plans(lambda: list(export_account(owner)))
    pages = [plan for sql, plan in plans.items() if '"created_at" >= ' in sql]
    assert pages
    for plan in pages:
        assert "(owner_id=? AND created_at>?)" in str(plan)


@pytest.mark.parametrize("table", ["drawing", "prediction", "label", "groundtruth", "user"])
@pytest.mark.usefixtures("_labelled")
def test_admin_lists_read_no_table_completely(
    table: str, admin: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadOnlyAdmin, "list_per_page", 1)
    browser = sign_in(admin)
    for query in ("", "?q=owner"):
        address = f"/admin/recognizer/{table}/{query}"
        plans = load_plans(lambda address=address: browser.get(address))  # type: ignore[misc]
        assert find_full_scans(plans) == []
        assert not [sql for sql in plans if "DISTINCT" in sql]


def test_the_review_search_uses_the_labels_of_one_drawing(owner: User, reviewer: User) -> None:
    append_label(make_teaching_drawing(owner), reviewer, 3)
    make_teaching_drawing(owner, claim=8)
    plans = load_plans(lambda: lease_next_item(reviewer=reviewer))
    steps = [one for plan in plans.values() for one in plan if "U0 USING" in one or "label" in one]
    assert any("label_drawing_author" in one for one in steps)


def test_statistics_give_all_indexes_of_a_table_its_number_of_rows(owner: User) -> None:
    """SQLite's own estimates differ by a factor of ten on a large table."""
    for _ in range(3):
        make_teaching_drawing(owner)
    update_planner_statistics()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_stat1 SET stat = '9' || stat WHERE idx = 'drawing_newest'")
        _correct_row_counts(cursor, _count_rows(cursor))
        cursor.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'recognizer_drawing'")
        counts = {index: int(stat.split()[0]) for index, stat in cursor.fetchall()}
    assert counts["drawing_newest"] == counts["drawing_by_owner"] == 3

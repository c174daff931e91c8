"""The cases of `bench.growth.__main__`: `… -m bench.growth.cases SIZE NAME [--plans] [--keep]`.

Prints JSON. Progress and plans go to stderr.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, cast

import django

from bench.growth.call_cost import Call, Case, measure
from bench.growth.hot_path import store_and_predict

RELABELLED_DRAWINGS, ERASED_DRAWINGS, CHANGED_DRAWINGS = 20, 200, 200


class IdleBroker:
    """In place of the connection to the broker: nothing waits, and tasks are dropped."""

    def count_waiting(self, queue: str) -> int:
        return 0

    def send_task(self, *_: object, **__: object) -> None:
        pass

    def send(self, *_: object, **__: object) -> None:
        pass


def main() -> None:
    size, only = int(sys.argv[1]), (sys.argv[2:3] or [""])[0]
    django.setup()
    from django.core.management import call_command

    from bench.growth.rows import fill, is_filled
    from recognizer.db.postgres_connection import allow_idle_transactions
    from recognizer.maintenance.planner_statistics import update_planner_statistics

    call_command("migrate", verbosity=0)
    if "--keep" not in sys.argv or not is_filled(size):
        call_command("flush", verbosity=0, interactive=False)
        started = time.perf_counter()
        with allow_idle_transactions():
            fill(size)
        update_planner_statistics()
        _log(f"{size:,} drawings inserted in {time.perf_counter() - started:.0f} s")
    costs = {}
    for case in list_cases():
        if only in case.name:
            costs[case.name] = measure(case)
            _log(f"{case.name:34} {costs[case.name].ms:12,.1f} ms {costs[case.name].queries:6}")
            for slow in costs[case.name].slow if "--plans" in sys.argv else []:
                _log(slow)
    json.dump({name: asdict(cost) for name, cost in costs.items()}, sys.stdout)


def list_cases() -> list[Case]:
    from recognizer.models import User

    admin = User.objects.get(username="grower-admin")
    largest = User.objects.get(username="grower0")
    return [
        *_page_cases(largest, admin),
        *_api_cases(largest, admin),
        *_resume_cases(largest),
        *_snapshot_cases(admin),
        *_job_cases(),
        Case("POST me/export/", "job", lambda: post(sign_in(largest), "/api/v1/me/export/", {})),
    ]


def _page_cases(largest: Any, admin: Any) -> Iterator[Case]:
    from recognizer.models import Drawing

    user, staff = sign_in(largest), sign_in(admin)
    newest = Drawing.objects.filter(owner=largest).latest("pk")
    cursor = _middle_cursor(largest)
    for address in (
        "/",
        "/history/",
        f"/history/?cursor={cursor}",
        "/history/?wrong=true",
        "/history/?digit=3&unsure=true",
        f"/history/{newest.pk}/",
        f"/history/cards/?id={newest.pk}",
        "/accounts/settings/",
    ):
        yield _get_case("page", user, address)
    for address in (
        "/review/",
        "/review/digits/4/",
        "/review/all/",
        "/review/all/?user=grower0",
        "/review/all/?model=inknet@abababababab",
        "/review/all/?claim=4&digit=9",
        "/review/all/?ground_truth=4",
        "/models/",
        "/training/",
        "/training/drift/",
        "/training/snapshots/",
        "/admin/recognizer/drawing/",
        "/admin/recognizer/drawing/?q=grower0",
        "/admin/recognizer/prediction/",
        "/admin/recognizer/label/",
        "/admin/recognizer/groundtruth/",
        "/admin/recognizer/user/",
    ):
        yield _get_case("page", staff, address)


def _api_cases(largest: Any, admin: Any) -> Iterator[Case]:
    from recognizer.models import Drawing

    user, staff = sign_in(largest), sign_in(admin)
    for address in ("drawings/", f"drawings/?cursor={_middle_cursor(largest)}", "me/"):
        yield _get_case("api", user, f"/api/v1/{address}")
    worst = "review/drawings/?effective_label=4&order=worst"
    for address in (
        "review/next/",
        "review/drawings/",
        "review/drawings/?model=inknet@abababababab",
        worst,
        "training-runs/",
        "models/",
        "drift/",
        "snapshots/",
    ):
        yield _get_case("api", staff, f"/api/v1/{address}", prepare=_release_items)
    yield Case("review/drawings/ worst, page 2", "api", lambda: _get_second_page(staff, worst))

    def relabel() -> object:
        unlabelled = Drawing.objects.filter(ground_truth=None).exclude(owner=admin)
        ids = unlabelled.order_by("-pk").values_list("pk", flat=True)[:RELABELLED_DRAWINGS]
        body = {"ids": [f"{id}/1" for id in ids], "label": 3}
        return post(staff, "/api/v1/review/relabel/", body)

    yield Case("POST review/relabel/ (20)", "api", relabel)


def _release_items() -> None:
    from recognizer.models import ReviewItem

    ReviewItem.objects.update(lease=None, leased_by=None, lease_until=None)


def _resume_cases(largest: Any) -> Iterator[Case]:
    from recognizer.drawings.changes_since_cursor import load_changes
    from recognizer.models import Feed

    newest = Feed.objects.get(user=largest).cursor
    for name, since in (("recent", newest - 100), ("old", 0)):
        yield Case(
            f"resume, {name} cursor",
            "resume",
            lambda since=since: load_changes(user_id=largest.pk, since=since),  # type: ignore[misc]
        )


def _snapshot_cases(admin: Any) -> Iterator[Case]:
    from django.core.cache import cache

    from recognizer.models import GroundTruth, Snapshot
    from recognizer.snapshots.build import build_snapshot
    from recognizer.snapshots.diff import diff_snapshots
    from recognizer.snapshots.exports.formats import EXPORT_FORMATS, export_snapshot

    def change() -> None:
        newest = GroundTruth.objects.exclude(value=10).order_by("-pk")
        for row in newest[:CHANGED_DRAWINGS]:
            row.value = ((row.value or 0) + 1) % 10
            row.save(update_fields=["value"])

    previous = build_snapshot(by=None).pk
    change()
    newest = build_snapshot(by=None).pk
    yield Case("build_snapshot, 200 changed", "job", lambda: build_snapshot(by=None), change)
    yield Case("build_snapshot, nothing changed", "job", lambda: build_snapshot(by=None))
    for name in EXPORT_FORMATS:

        def export(name: str = name) -> None:
            for _ in export_snapshot(Snapshot.objects.latest("pk"), name).chunks:
                pass

        yield Case(f"export of a training set, {name}", "job", export)
    for address in (f"{newest}/", f"{newest}/?label=10", f"{previous}/diff/{newest}/"):
        yield _get_case("page", sign_in(admin), f"/training/snapshots/{address}")
    yield Case(
        "first difference of two sets",
        "page",
        lambda: diff_snapshots(*Snapshot.objects.order_by("-pk")[:2]),
        cache.clear,
    )


def _job_cases() -> Iterator[Case]:
    from django.core.management import call_command
    from django.utils import timezone

    from recognizer.accounts.deletion import finish_account_deletions
    from recognizer.drift.retraining_proposals import propose_run
    from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
    from recognizer.maintenance.drawing_requeue import requeue_due_drawings
    from recognizer.maintenance.embedding_backfill import request_embeddings
    from recognizer.messaging.celery_task_sender import TaskSender
    from recognizer.models import Drawing
    from recognizer.review.review_queue_prioritization import QueueFilling, fill_queue
    from recognizer.review.reviewers.annotator_accuracy import publish_review_counts
    from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
    from recognizer.training.run_dispatcher import RunDispatcher

    broker = cast(TaskSender, IdleBroker())

    def delete() -> None:
        newest = Drawing.objects.order_by("-pk").values_list("pk", flat=True)[:ERASED_DRAWINGS]
        long_ago = timezone.now() - timedelta(days=1)
        Drawing.objects.filter(pk__in=list(newest)).update(deleted_at=long_ago)

    yield Case("store and predict 640 drawings", "job", store_and_predict)
    yield Case("fill_queue", "job", lambda: fill_queue(timezone.now()))
    filling = QueueFilling()
    yield Case("fill_queue, nothing changed", "job", filling.run)
    yield Case("erase_deleted, 200 due", "job", erase_deleted, delete)
    yield Case("erase_deleted, none due", "job", erase_deleted)
    yield Case("requeue_due_drawings", "job", lambda: requeue_due_drawings(broker))
    yield Case("send_after_new_labels", "job", RunDispatcher(broker).send_after_new_labels)
    yield Case("suspend_unreliable_reviewers", "job", suspend_unreliable_reviewers)
    yield Case("publish_review_counts", "job", publish_review_counts)
    yield Case("request_embeddings", "job", lambda: request_embeddings(broker))
    yield Case("propose_run (drift)", "job", propose_run)
    yield Case("finish_account_deletions", "job", finish_account_deletions)
    yield Case("clearsessions", "job", lambda: call_command("clearsessions"))


def sign_in(user: Any) -> Any:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(user, "recognizer.accounts.authentication_backend.UsernameOrEmailBackend")
    return client


def _get_case(kind: str, client: Any, address: str, *, prepare: Call = lambda: None) -> Case:
    short = re.sub("[0-9a-f-]{36}|(?<=cursor=).*", "…", address.removeprefix("/api/v1/"))
    return Case(f"{short[:33]}", kind, lambda: get(client, address), prepare)


def get(client: Any, address: str) -> Any:
    return _check(client.get(address))


def post(client: Any, address: str, body: dict[str, Any]) -> Any:
    return _check(client.post(address, body, content_type="application/json"))


def _check(response: Any) -> Any:
    if response.status_code != 200:
        raise RuntimeError(f"{response.status_code}: {response.content[:500]!r}")
    if response.streaming:
        for _ in response.streaming_content:
            pass
    return response


def _get_second_page(client: Any, address: str) -> Any:
    first = get(client, f"/api/v1/{address}").json()
    return get(client, first["next"])


def _middle_cursor(user: Any) -> str:
    from recognizer.drawings.pagination import encode_cursor
    from recognizer.models import Drawing

    own = Drawing.objects.filter(owner=user).order_by("-created_at", "-id")
    middle = own[own.count() // 2]
    return encode_cursor(middle.created_at.isoformat(), middle.pk)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

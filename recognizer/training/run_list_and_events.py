"""Queries of training runs: pages of runs, and the events of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch

from recognizer.models import Evaluation, RunEvent, RunStatus, TrainingRun

MAX_EVENTS = 4_000


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first. `next_id` is the cursor of the next page, or None."""

    runs: Sequence[TrainingRun]
    next_id: UUID | None


def list_runs(*, after: UUID | None = None, size: int = 50) -> RunPage:
    """Return a page of runs with their evaluations. The cursor is an id: ids grow with time."""
    runs = TrainingRun.objects.select_related("base", "snapshot", "model", "by").order_by("-id")
    runs = runs.defer("base__card", "model__card").prefetch_related(
        Prefetch("evaluations", Evaluation.objects.defer("report"))
    )
    if after is not None:
        runs = runs.filter(pk__lt=after)
    found = list(runs[: size + 1])
    return RunPage(found[:size], found[size - 1].pk if len(found) > size else None)


def load_events(run_id: UUID, *, since: int = 0) -> list[RunEvent]:
    """Return the events of a run after the event `since`, oldest first."""
    return list(RunEvent.objects.filter(run_id=run_id, pk__gt=since)[:MAX_EVENTS])


def has_ended(run: TrainingRun) -> bool:
    return run.status not in (RunStatus.QUEUED, RunStatus.RUNNING)

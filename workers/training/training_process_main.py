"""The process of one training run.

It acquires the run, trains, registers the model, evaluates it against the champion and finishes
the run. After a kill at any point, a new process resumes from the last epoch.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from recognizer.models import ModelVersion, RunStatus, TrainingRun
from recognizer.registry.artifact_store import CannotFetch, CannotRegister, register_model
from recognizer.registry.promotion import load_champion
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_leases import (
    LeaseLost,
    acquire_run,
    append_event,
    fail_run,
    finish_run,
    mark_run_cancelled,
    release_run,
)
from workers.fetch_model_files import fetch_model_dir
from workers.training.lease_renewal_thread import RunLease
from workers.training.progress_reporter import ProgressReporter

log = logging.getLogger(__name__)

MAX_NICE = 19
EXIT_RETRY_LATER = 75  # EX_TEMPFAIL


class Terminated(Exception):
    """The machine or the site is shutting down."""


def main(arguments: Sequence[str]) -> int:
    """Train the run `RUN_ID [LEASE]`. Return 0 if nothing is left to do, else EXIT_RETRY_LATER."""
    signal.signal(signal.SIGTERM, _handle_sigterm)
    lease_id = UUID(arguments[1]) if len(arguments) > 1 else uuid.uuid4()
    run = acquire_run(UUID(arguments[0]), lease=lease_id)
    if run is None:
        log.info("Cannot acquire run %s", arguments[0])
        return 0
    try:
        with RunLease(run) as lease:
            _lower_priority()  # of this thread; another thread renews the lease
            _train_and_finish(run, lease)
    except Terminated:
        connection.close()  # a transaction may be open
        with suppress(LeaseLost):
            release_run(run)
        return EXIT_RETRY_LATER
    except LeaseLost:
        log.warning("Lost the lease of run %s", run.pk)
        return EXIT_RETRY_LATER
    return 0


def _lower_priority() -> None:
    """Run the training thread at nice 19.

    SCHED_IDLE is worse: it raised the p95 latency of concurrent recognition by 34 %, nice 19 by
    11 %.
    """
    os.setpriority(os.PRIO_PROCESS, 0, MAX_NICE)


def run_dir(run_id: UUID) -> Path:
    return Path(settings.STATE_DIR) / "runs" / str(run_id)


def delete_finished_run_dirs() -> None:
    """Delete the directories of runs that have ended."""
    folder = run_dir(uuid.uuid4()).parent
    found = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    open_runs = TrainingRun.objects.filter(status__in=[RunStatus.QUEUED, RunStatus.RUNNING])
    open_ids = {str(id) for id in open_runs.values_list("pk", flat=True)}
    for name in found.keys() - open_ids:
        shutil.rmtree(found[name], ignore_errors=True)


def _train_and_finish(run: TrainingRun, lease: RunLease) -> None:
    """Train and write the result or the failure into the row. Raises Terminated and LeaseLost."""
    delete_finished_run_dirs()
    try:
        model = _train_and_register(run, lease)
        end = partial(finish_run, run, model) if model else partial(mark_run_cancelled, run)
        lease.write(end, is_last=True)
    except (Terminated, LeaseLost, OperationalError, InterfaceError):
        raise  # the run did not fail: it resumes when the database is available
    except Exception as error:
        code, detail = describe_failure(error)
        log.exception("Run %s failed: %s", run.pk, code)
        lease.enqueue_write(partial(append_event, run, "log", text=detail))
        lease.write(partial(fail_run, run, code, detail), is_last=True)
    shutil.rmtree(run_dir(run.pk), ignore_errors=True)


def _train_and_register(run: TrainingRun, lease: RunLease) -> ModelVersion | None:
    """Return the registered and evaluated model, or None if the run was cancelled."""
    from workers.comparison.evaluate_task import evaluate_challenger
    from workers.training.retraining_run import run_retraining

    reporter = ProgressReporter(run, lease)
    folder = run_dir(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    base = fetch_model_dir(run.base) if run.base else None
    release = run_retraining(run, folder=folder, base=base, reporter=reporter, lease=lease)
    if release is None:
        return None
    reporter.report_phase("evaluating", "Trained. Evaluating against the current champion.")
    model = lease.write(partial(register_model, release))
    if TrainingRun.objects.filter(model=model).exclude(pk=run.pk).exists():
        raise DuplicateModel(model)
    if not run.evaluations.exists():
        evaluate_challenger(
            challenger=model, champion=load_champion(), run=run, snapshot=run.snapshot
        )
    return model


class DuplicateModel(Exception):
    """An earlier run produced the same weights."""


def describe_failure(error: BaseException) -> tuple[str, str]:
    """Return the code and the text of a failure."""
    code = _find_failure_code(error)
    text = str(error) if code == getattr(error, "code", "") else ""
    if code == "internal_error":
        text = f"{RUN_ERRORS[code]} ({type(error).__name__}: {error})"
    return code, text or RUN_ERRORS[code]


def _find_failure_code(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:  # a full disk may be wrapped in other errors
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return "disk_full"
        cause = cause.__cause__ or cause.__context__
    code = str(getattr(error, "code", ""))
    if code in RUN_ERRORS:
        return code
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "out_of_memory"
    if isinstance(error, DuplicateModel):
        return "duplicate_model"
    if isinstance(error, CannotFetch | CannotLoadRelease):
        return "base_model_unusable"
    return "storage_failed" if isinstance(error, CannotRegister) else "internal_error"


def _handle_sigterm(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated

"""The process that trains one run: claims it, trains, registers what came of it, compares it with
the champion, ends the run. Killed anywhere it is started again and goes on from its last epoch."""

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
from recognizer.registry.artifact_store import (
    CannotFetch,
    CannotRegister,
    fetch_model,
    register_model,
)
from recognizer.registry.promotion import load_champion
from recognizer.training.lease import (
    LeaseLost,
    acquire_run,
    append_event,
    fail_run,
    finish_run,
    mark_run_cancelled,
    release_run,
)
from recognizer.training.run_errors import RUN_ERRORS
from workers.training.progress_reporter import ProgressReporter
from workers.training.run_lease import RunLease

log = logging.getLogger(__name__)

MAX_NICE = 19
EXIT_RETRY_LATER = 75  # EX_TEMPFAIL


class Terminated(Exception):
    """The machine or the site is going down."""


def main(arguments: Sequence[str]) -> int:
    """`RUN_ID [LEASE]`; ends with 0 when there is nothing more to do for this run."""
    signal.signal(signal.SIGTERM, _handle_sigterm)
    lease = UUID(arguments[1]) if len(arguments) > 1 else uuid.uuid4()
    run = acquire_run(UUID(arguments[0]), lease=lease)
    if run is None:
        log.info("Run %s is not to be had", arguments[0])
        return 0
    try:
        with RunLease(run) as tenancy:
            _lower_priority()  # this thread, not that of the tenancy
            _train_and_finish(run, tenancy)
    except Terminated:
        connection.close()  # it may have been in the middle of something
        with suppress(LeaseLost):
            release_run(run)
        return EXIT_RETRY_LATER
    except LeaseLost:
        log.warning("Run %s is somebody else's now", run.pk)
        return EXIT_RETRY_LATER
    return 0


def _lower_priority() -> None:
    """The thread that trains is the nicest of all. The policy of the idle (SCHED_IDLE) is no
    better: beside such a torch loop p95 was 1.34 times what it is alone, beside a nice one 1.11."""
    os.setpriority(os.PRIO_PROCESS, 0, MAX_NICE)


def run_dir(run_id: UUID) -> Path:
    return Path(settings.STATE_DIR) / "runs" / str(run_id)


def delete_finished_run_dirs() -> None:
    """The folders of runs that have ended, here or elsewhere."""
    folder = run_dir(uuid.uuid4()).parent
    found = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    open_ones = TrainingRun.objects.filter(status__in=[RunStatus.QUEUED, RunStatus.RUNNING])
    kept = {str(id) for id in open_ones.values_list("pk", flat=True)}
    for name in found.keys() - kept:
        shutil.rmtree(found[name], ignore_errors=True)


def _train_and_finish(run: TrainingRun, tenancy: RunLease) -> None:
    """Whatever ends it is written into the row; raises Terminated and LeaseLost."""
    delete_finished_run_dirs()
    try:
        model = _train_and_register(run, tenancy)
        ends = (
            partial(mark_run_cancelled, run) if model is None else partial(finish_run, run, model)
        )
        tenancy.change(ends, is_last=True)
    except (Terminated, LeaseLost, OperationalError, InterfaceError):
        raise  # no fault of the run: it goes on when the database is there again
    except Exception as error:
        code, detail = describe_failure(error)
        log.exception("Run %s failed: %s", run.pk, code)
        tenancy.later(partial(append_event, run, "log", text=detail))
        tenancy.change(partial(fail_run, run, code, detail), is_last=True)
    shutil.rmtree(run_dir(run.pk), ignore_errors=True)


def _train_and_register(run: TrainingRun, tenancy: RunLease) -> ModelVersion | None:
    """What came of the run, registered and compared; None when it was asked to stop."""
    from workers.comparison.evaluate_task import evaluate_challenger
    from workers.training.retraining_run import run_retraining

    teller = ProgressReporter(run, tenancy)
    folder = run_dir(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    base = fetch_model(run.base, Path(settings.STATE_DIR) / "models") if run.base else None
    release = run_retraining(run, folder=folder, base=base, teller=teller, tenancy=tenancy)
    if release is None:
        return None
    teller.report_phase("judging", "Trained. Comparing it with the network that answers now.")
    model = tenancy.change(partial(register_model, release))
    if TrainingRun.objects.filter(model=model).exclude(pk=run.pk).exists():
        raise DuplicateModel(model)
    if not run.evaluations.exists():
        evaluate_challenger(
            challenger=model, champion=load_champion(), run=run, snapshot=run.snapshot
        )
    return model


class DuplicateModel(Exception):
    """An earlier run made the same weights."""


def describe_failure(error: BaseException) -> tuple[str, str]:
    """The code of a failure, and what it was in words."""
    code = _find_failure_code(error)
    said = str(error) if code == getattr(error, "code", "") else ""
    if code == "internal_error":
        said = f"{RUN_ERRORS[code]} ({type(error).__name__}: {error})"
    return code, said or RUN_ERRORS[code]


def _find_failure_code(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:  # what it was made from says more
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return "disk_full"
        seen = seen.__cause__ or seen.__context__
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

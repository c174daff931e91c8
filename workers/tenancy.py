"""Keeps a run ours while it trains: a thread renews the lease and listens for the wish to stop."""

from __future__ import annotations

import logging
import os
import threading
import time
from types import TracebackType

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from recognizer.models import TrainingRun
from recognizer.training.lease import LeaseLost, is_asked_to_stop, renew_lease

log = logging.getLogger(__name__)

LOST = 76  # the exit status of a process whose run is somebody else's
ASKS_EVERY_S = 1.0
RENEWS_EVERY_S = 5.0


class Tenancy:
    """`with Tenancy(run) as tenancy:`. A process that has lost its run ends at once, whatever its
    main thread is doing; being killed anywhere must do no harm anyway."""

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        self._renewed_at = time.monotonic()
        self._is_over = threading.Event()
        self._is_asked_to_stop = False
        self._thread = threading.Thread(target=self._stay, name="tenancy", daemon=True)

    def __enter__(self) -> Tenancy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """What follows is the last change of the run."""
        self._is_over.set()
        self._thread.join()

    def should_stop(self) -> bool:
        """Whether somebody cancelled the run. Raises LeaseLost when this process slept too long."""
        if self._is_overdue():
            raise LeaseLost
        return self._is_asked_to_stop

    def _stay(self) -> None:
        try:
            while not self._is_over.wait(ASKS_EVERY_S):
                self._look()
        except LeaseLost:
            log.warning("Run %s is somebody else's now; this process ends", self._run.pk)
            os._exit(LOST)
        finally:
            connection.close()

    def _look(self) -> None:
        started = time.monotonic()
        try:
            self._is_asked_to_stop = is_asked_to_stop(self._run)
            if started - self._renewed_at >= RENEWS_EVERY_S:
                renew_lease(self._run)
                self._renewed_at = started
        except (OperationalError, InterfaceError) as error:
            log.warning("The lease is not renewed now: %s", error)
            connection.close()
            if self._is_overdue():
                raise LeaseLost from error

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._renewed_at > settings.TRAINING_LEASE_S

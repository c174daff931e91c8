"""The second stage: sends one task for each written group, a bounded number of them unanswered."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence

from django.conf import settings

from recognizer import contract
from recognizer.intake.store import GRACE_S, Job
from recognizer.metrics import STAGE_SECONDS
from recognizer.queue import CannotPublish, Sender

log = logging.getLogger(__name__)


class Publisher:
    """Holds what is written and not yet sent. What it cannot send in time it leaves to the sweep,
    so that a broker that is away costs neither memory nor anybody's time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, tuple[Job, float]] = {}
        self._unanswered: dict[str, float] = {}  # when each was sent
        self._is_closed = False
        self._sender = Sender()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def add(self, jobs: Sequence[Job]) -> None:
        """A newer revision takes the place of an older one that still waits."""
        leave_at = time.monotonic() + GRACE_S
        with self._changed:
            for job in jobs:
                self._waiting[job.id] = (job, leave_at)
            self._changed.notify()

    def return_credit(self, group_id: str) -> None:
        with self._changed:
            sent_at = self._unanswered.pop(group_id, None)
            if sent_at is not None:
                STAGE_SECONDS.labels("answer").observe(time.monotonic() - sent_at)
                self._changed.notify()

    def close(self) -> None:
        """Send what can be sent at once, then stop."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while group := self._next_group():
            group_id = uuid.uuid4().hex
            jobs = [(job.id, job.revision, job.ink) for job in group]
            with self._changed:
                self._unanswered[group_id] = time.monotonic()
            try:
                with STAGE_SECONDS.labels("send").time():
                    self._sender.send(contract.encode_group(group_id, jobs))
            except CannotPublish as error:
                log.warning("A group of %d is left to the sweep: %s", len(group), error)
                self.return_credit(group_id)
        self._sender.close()

    def _next_group(self) -> list[Job]:
        """Wait for drawings and for credit; empty when there is nothing more to do."""
        group: list[Job] = []
        with self._changed:
            while not group and (self._waiting or not self._is_closed):
                if self._waiting and (self._has_credit() or self._is_closed):
                    group = self._take()
                else:
                    self._changed.wait(self._credit_returns_in())
        return group

    def _take(self) -> list[Job]:
        """The oldest that wait, without those that are the sweep's by now."""
        now = time.monotonic()
        group: list[Job] = []
        while self._waiting and len(group) < settings.GROUP_LIMIT:
            job, leave_at = self._waiting.pop(next(iter(self._waiting)))
            if leave_at > now:
                group.append(job)
        return group

    def _has_credit(self) -> bool:
        """A group counts as unanswered for a second at most: its worker may have died."""
        oldest = time.monotonic() - settings.CREDIT_RETURNS_AFTER_S
        self._unanswered = {id: at for id, at in self._unanswered.items() if at > oldest}
        return len(self._unanswered) < settings.UNANSWERED_GROUPS

    def _credit_returns_in(self) -> float | None:
        if not self._waiting or not self._unanswered:
            return None
        returns_at = min(self._unanswered.values()) + settings.CREDIT_RETURNS_AFTER_S
        return max(0.001, returns_at - time.monotonic())

"""Renewal of the leases of a batch while the worker works on it.

Without it, the sweep would send the drawings of a slow batch again. A worker that is killed renews
nothing: its leases end after RECOGNITION_LEASE_S. A worker that hangs stops after
RECOGNITION_MAX_WORK_S.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from recognizer.db import portable_sql
from workers.recognition.drawing_leases import LeasedDrawing

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 3

# The number of the attempt tells this lease from one that another worker took after it.
_RENEW_SQL = """
WITH held(id, revision, attempts) AS ({rows})
UPDATE recognizer_drawing SET lease_until = {later}
FROM held
WHERE recognizer_drawing.id = held.id AND recognizer_drawing.revision = held.revision
  AND recognizer_drawing.attempts = held.attempts AND recognizer_drawing.status = 'queued'
RETURNING 1
"""


class LeaseRenewal:
    """A thread that renews the leases of the current batch. It starts with the first batch."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._drawings: Sequence[LeasedDrawing] = ()
        self._thread: threading.Thread | None = None

    @contextmanager
    def hold(self, drawings: Sequence[LeasedDrawing]) -> Iterator[None]:
        """Renew the leases of these drawings until the end of the block."""
        self._set_drawings(drawings)
        try:
            yield
        finally:
            self._set_drawings(())

    def _set_drawings(self, drawings: Sequence[LeasedDrawing]) -> None:
        with self._condition:
            self._drawings = drawings
            if drawings and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
            elif drawings:
                self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._drawings)
                drawings = self._drawings
            self._renew_until_done(drawings)

    def _renew_until_done(self, drawings: Sequence[LeasedDrawing]) -> None:
        """Wait until a renewal is due; usually the batch is complete before that."""
        started, interval_s = time.monotonic(), settings.RECOGNITION_LEASE_S / RENEWALS_PER_LEASE
        while time.monotonic() - started < settings.RECOGNITION_MAX_WORK_S:
            time.sleep(interval_s)
            # The lock keeps the end of the batch waiting: storing locks the same rows.
            with self._condition:
                if self._drawings is not drawings:
                    return
                try:
                    renew_leases(drawings)
                except (DatabaseError, InterfaceError) as error:
                    log.warning("%d leases were not renewed: %r", len(drawings), error)
                    connection.close()
        log.error("A batch of %d takes too long; its leases end", len(drawings))
        with self._condition:
            self._condition.wait_for(lambda: self._drawings is not drawings)


def renew_leases(drawings: Sequence[LeasedDrawing]) -> int:
    """Extend leases that no other worker has taken. Return their number."""
    rows = [(portable_sql.to_uuid_hex(one.id), one.revision, one.attempts) for one in drawings]
    with portable_sql.open_cursor() as cursor:
        portable_sql.execute_with_rows(
            cursor,
            _RENEW_SQL,
            ("uuid", "integer", "integer"),
            rows,
            later_s=settings.RECOGNITION_LEASE_S,
        )
        return len(cursor.fetchall())


lease_renewal = LeaseRenewal()

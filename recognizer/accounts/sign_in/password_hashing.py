"""Password hashing with a bound on memory and on the hashes that one process computes at a time."""

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from recognizer.base_errors import DomainError
from recognizer.db.connection_release import release_connection

RETRY_AFTER_S = 5
HASHING_NICENESS = 10


class PasswordHashingBusy(DomainError):
    """Too many passwords are being checked by this process."""

    code = "unavailable"
    status = 503


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the smaller profile of OWASP: 19 MiB, two passes, one lane.

    Each request has its own thread, so without a bound parallel sign-ins take all processors and
    gigabytes of memory. A thread that waits for its turn holds no database connection; within a
    transaction, no thread waits. Predictions come first: hashes have threads of low priority.
    Raises PasswordHashingBusy.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _acquire_slot():
            return _executor.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        with _acquire_slot():
            return _executor.submit(super().verify, password, encoded).result()


def _lower_priority() -> None:
    """Lower the priority of this thread. Only Linux has priorities of threads."""
    if sys.platform == "linux":
        thread = os.PRIO_PROCESS, threading.get_native_id()
        os.setpriority(*thread, os.getpriority(*thread) + HASHING_NICENESS)


_executor = ThreadPoolExecutor(
    settings.PASSWORD_HASHES_AT_ONCE, "password-hashing", initializer=_lower_priority
)
_running = threading.BoundedSemaphore(settings.PASSWORD_HASHES_AT_ONCE)
_waiting = threading.BoundedSemaphore(settings.PASSWORD_HASHES_WAITING)


@contextmanager
def _acquire_slot() -> Iterator[None]:
    """Wait for a turn, at most PASSWORD_HASH_WAIT_S. Raises PasswordHashingBusy."""
    if not _running.acquire(blocking=False):
        _wait_for_slot()
    try:
        yield
    finally:
        _running.release()


def _wait_for_slot() -> None:
    error = PasswordHashingBusy(
        "Many users are signing in. Wait a few seconds, then try again.",
        retry_after_s=RETRY_AFTER_S,
    )
    if connection.in_atomic_block or not _waiting.acquire(blocking=False):
        raise error
    try:
        release_connection()
        if not _running.acquire(timeout=settings.PASSWORD_HASH_WAIT_S):
            raise error
    finally:
        _waiting.release()

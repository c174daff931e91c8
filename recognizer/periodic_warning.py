"""Warnings about what clients send, at most one in WARNING_INTERVAL_S, so that they fill no log."""

from __future__ import annotations

import logging
import time

WARNING_INTERVAL_S = 60.0


class PeriodicWarning:
    """Logs a warning unless it was logged less than WARNING_INTERVAL_S ago."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._next_at = 0.0

    def log(self, message: str, *values: object) -> None:
        now = time.monotonic()
        if now >= self._next_at:
            self._next_at = now + WARNING_INTERVAL_S
            self._logger.warning(message, *values)

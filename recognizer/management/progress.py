"""Progress of commands that run longer than a second."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

INTERVAL_S = 1.0


@dataclass
class Progress:
    """Writes a line at most once a second: `text` with the number reached."""

    stream: Any
    text: str
    _due_at: float = field(default_factory=lambda: time.monotonic() + INTERVAL_S)

    def report(self, number: int) -> None:
        if time.monotonic() >= self._due_at:
            self.stream.write(self.text.format(number))
            self._due_at = time.monotonic() + INTERVAL_S

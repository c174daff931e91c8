"""The site's own worker, made odd by its environment: slow, with a wrong clock, or halting in the
middle of its transaction. `python -m tests.scale.odd_worker worker …`; it notes what it reads.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CLOCK_OFF_S = float(os.environ.get("ODD_CLOCK_OFF_S", "0"))
FORWARD_S = float(os.environ.get("ODD_FORWARD_S", "0"))
NOTES = Path(os.environ["ODD_NOTES"]) / str(os.getpid())
HALT = NOTES.with_suffix(".halt")
HALTED = NOTES.with_suffix(".halted")
HALTS_AT_MOST_S = 10.0


def set_clock_wrong() -> None:
    """Before anything else is imported, so that what others import from `time` is wrong as well."""
    right = time.time
    time.time = lambda: right() + CLOCK_OFF_S

    from django.utils import timezone

    timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=CLOCK_OFF_S)


def slow_down_forwards() -> None:
    from ml.predictor import Predictor

    predict = Predictor.predict_rasters

    def slow(self: Predictor, rasters: Any) -> Any:
        with NOTES.open("a") as notes:
            notes.write(f"{len(rasters)}\n")
        time.sleep(FORWARD_S)
        return predict(self, rasters)

    Predictor.predict_rasters = slow  # type: ignore[method-assign]


def halt_when_asked() -> None:
    """Where the feeds of the people are locked and nothing is committed yet."""
    from workers import storing

    point = storing._point

    def halting(*args: Any) -> set[str]:
        give_up_at = time.monotonic() + HALTS_AT_MOST_S
        while HALT.exists() and time.monotonic() < give_up_at:
            HALTED.touch()
            time.sleep(0.01)
        return point(*args)

    storing._point = halting  # type: ignore[assignment] # the same arguments, handed on


if __name__ == "__main__":
    set_clock_wrong()
    from workers.app import app

    slow_down_forwards()
    halt_when_asked()
    app.worker_main(sys.argv[1:])

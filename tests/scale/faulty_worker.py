"""A recognition worker that is slow, has a wrong clock, or halts in a transaction.

`python -m tests.scale.faulty_worker worker …`. Its environment sets the faults. It logs the batch
size of each forward pass.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CLOCK_SKEW_S = float(os.environ.get("FAULTY_CLOCK_SKEW_S", "0"))
FORWARD_S = float(os.environ.get("FAULTY_FORWARD_S", "0"))
FORWARD_LOG = Path(os.environ["FAULTY_LOG_DIR"]) / str(os.getpid())
HALT_FILE = FORWARD_LOG.with_suffix(".halt")
HALTED_FILE = FORWARD_LOG.with_suffix(".halted")
MAX_HALT_S = 10.0


def skew_clock() -> None:
    """Skew the clock. Call it before other imports, which may import from `time`."""
    true_time = time.time
    time.time = lambda: true_time() + CLOCK_SKEW_S

    from django.utils import timezone

    timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=CLOCK_SKEW_S)


def slow_down_forwards() -> None:
    from ml.inference.predictor import Predictor

    predict = Predictor.predict_rasters

    def slow(self: Predictor, rasters: Any) -> Any:
        with FORWARD_LOG.open("a") as log:
            log.write(f"{len(rasters)}\n")
        time.sleep(FORWARD_S)
        return predict(self, rasters)

    Predictor.predict_rasters = slow  # type: ignore[method-assign]


def halt_on_request() -> None:
    """Halt where the feeds of the users are locked and nothing is committed yet."""
    from workers.recognition import prediction_store

    update_drawings = prediction_store._update_drawings

    def halting(*args: Any) -> set[str]:
        give_up_at = time.monotonic() + MAX_HALT_S
        while HALT_FILE.exists() and time.monotonic() < give_up_at:
            HALTED_FILE.touch()
            time.sleep(0.01)
        return update_drawings(*args)

    prediction_store._update_drawings = halting  # type: ignore[assignment] # passes on its arguments


if __name__ == "__main__":
    skew_clock()
    from workers.app import app

    slow_down_forwards()
    halt_on_request()
    app.worker_main(sys.argv[1:])

"""Group commit of submitted drawings, in two stages.

1. A writer thread stores drawings. An idle writer stores a drawing immediately; drawings that
   arrive during a write are stored together by the next one.
2. A publisher thread sends one task for each stored batch.

No stage waits for a timer: batches grow with the load.
"""

from recognizer.ingest.pipeline_singleton import (
    close,
    release_batch_slot,
    submit,
    submit_with_callback,
)
from recognizer.ingest.submission_types import Accepted, CannotAccept, Outcome, Submission

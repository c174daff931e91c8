"""The task behind the page that explains: what the champion does with one drawing, and the nearest
drawings it learnt from. Delivered twice it does nothing twice; nothing of it is stored.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial

import numpy as np
from django.db import InterfaceError, OperationalError, connection

from ml.card import CannotLoadRelease
from ml.raster import SIZE, CannotRasterize, Raster, rasterize
from recognizer import contract, registry
from recognizer.explaining import Seen, keeping, list_own_lessons, see_subject
from recognizer.models import ModelVersion
from recognizer.queue import CannotPublish
from workers.app import app

log = logging.getLogger(__name__)

JSON = contract.JSON
SayProgress = Callable[[int, int], None]
Keep = Callable[[JSON], None]

FAILED_LASTS_S = 20
EXAMPLES_LAST_S = 6 * 3600


class CannotExplain(Exception):
    """Why not, in a sentence for people."""


@app.task(name=contract.EXPLAIN)
def explain(subject: str, part: str) -> None:
    """One part of one subject, as recognizer.explaining names them."""
    try:
        explain_subject(subject, part)
    except CannotPublish as error:
        log.warning("%s of %s goes nowhere: %s", part, subject, error)
    except (OperationalError, InterfaceError) as error:
        log.warning("%s is not explained now: %r", subject, error)
        connection.close()


def explain_subject(subject: str, part: str) -> bool:
    """Keep the explanation where the page looks for it, at once, or when an index it needs is made;
    whether there was anything to do."""
    serving, seen = registry.champion(), see_subject(subject)
    if serving is None or seen is None:
        return False
    key = keeping.key_of(subject, part, serving.sha256)
    standing = keeping.look_up(key)
    if standing.text or not standing.asked:  # made meanwhile, or who asked has gone
        return False
    lasts_s = EXAMPLES_LAST_S if seen.raster is None else keeping.KEPT_S
    keep = partial(_keep, key, lasts_s)
    try:
        _explain(
            serving, subject, seen, part, say_progress=partial(keeping.say_progress, key), keep=keep
        )
    except CannotExplain as error:
        keep({"problem": str(error)})
    except Exception:  # nobody shall wait for what will not come
        keep({"problem": "Something went wrong on our side while this was worked out."})
        raise
    return True


def _keep(key: str, lasts_s: float, found: JSON) -> None:
    """What went wrong is tried again soon."""
    text = json.dumps(found, separators=(",", ":"))
    lasts_s = FAILED_LASTS_S if "problem" in found else lasts_s
    keeping.keep_explanation(key, text, lasts_s=lasts_s)


def _explain(
    serving: ModelVersion,
    subject: str,
    seen: Seen,
    part: str,
    *,
    say_progress: SayProgress,
    keep: Keep,
) -> None:
    """Raises CannotExplain."""
    from workers.explanations import explain_nearest, explain_reading  # torch comes with it

    say_progress(0, 1)
    try:
        raster = _find_raster(seen)
        if part == "neighbours":
            own = list_own_lessons(subject, serving)
            explain_nearest(serving, raster, own, say_progress=say_progress, keep=keep)
        else:
            keep(explain_reading(serving, seen.strokes, raster, say_progress))
    except CannotRasterize as error:
        raise CannotExplain("There is no ink in this drawing.") from error
    except (registry.CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot be explained: %s", serving, error)
        raise CannotExplain("The network that reads cannot be opened at the moment.") from error


def _find_raster(seen: Seen) -> Raster:
    """What the network saw, as it was kept with its answer."""
    if seen.raster is not None:
        return np.frombuffer(seen.raster, np.uint8).reshape(SIZE, SIZE)
    return rasterize(seen.strokes or [])

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

from ml.artifacts.model_card import CannotLoadRelease
from ml.preprocessing.rasterize import IMAGE_SIZE, CannotRasterize, Raster, rasterize
from recognizer import protocol
from recognizer.explanations import SubjectInput, cache, list_user_training_examples, load_subject
from recognizer.messaging.task_queue import CannotPublish
from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.promotion import load_champion
from workers.app import app

log = logging.getLogger(__name__)

JSON = protocol.JSON
ReportProgress = Callable[[int, int], None]
SaveResult = Callable[[JSON], None]

FAILURE_TTL_S = 20
EXAMPLES_TTL_S = 6 * 3600


class CannotExplain(Exception):
    """Why not, in a sentence for people."""


@app.task(name=protocol.EXPLAIN_TASK)
def explain(subject: str, part: str) -> None:
    """One part of one subject, as recognizer.explanations names them."""
    try:
        explain_if_requested(subject, part)
    except CannotPublish as error:
        log.warning("%s of %s goes nowhere: %s", part, subject, error)
    except (OperationalError, InterfaceError) as error:
        log.warning("%s is not explained now: %r", subject, error)
        connection.close()


def explain_if_requested(subject: str, part: str) -> bool:
    """Keep the explanation where the page looks for it, at once, or when an index it needs is made;
    whether there was anything to do."""
    serving, seen = load_champion(), load_subject(subject)
    if serving is None or seen is None:
        return False
    key = cache.build_key(subject, part, serving.sha256)
    standing = cache.load_entry(key)
    if standing.text or not standing.asked:  # made meanwhile, or who asked has gone
        return False
    ttl_s = EXAMPLES_TTL_S if seen.raster is None else cache.EXPLANATION_TTL_S
    keep = partial(_save_explanation, key, ttl_s)
    try:
        _compute_explanation(
            serving, subject, seen, part, say_progress=partial(cache.save_progress, key), keep=keep
        )
    except CannotExplain as error:
        keep({"problem": str(error)})
    except Exception:  # nobody shall wait for what will not come
        keep({"problem": "Something went wrong on our side while this was worked out."})
        raise
    return True


def _save_explanation(key: str, ttl_s: float, found: JSON) -> None:
    """What went wrong is tried again soon."""
    text = json.dumps(found, separators=(",", ":"))
    ttl_s = FAILURE_TTL_S if "problem" in found else ttl_s
    cache.save_explanation(key, text, ttl_s=ttl_s)


def _compute_explanation(
    serving: ModelVersion,
    subject: str,
    seen: SubjectInput,
    part: str,
    *,
    say_progress: ReportProgress,
    keep: SaveResult,
) -> None:
    """Raises CannotExplain."""
    from workers.explain.explanation_payload import (  # torch comes with it
        explain_neighbours,
        explain_prediction,
    )

    say_progress(0, 1)
    try:
        raster = _load_raster(seen)
        if part == "neighbours":
            own = list_user_training_examples(subject, serving)
            explain_neighbours(serving, raster, own, say_progress=say_progress, keep=keep)
        else:
            keep(explain_prediction(serving, seen.strokes, raster, say_progress))
    except CannotRasterize as error:
        raise CannotExplain("There is no ink in this drawing.") from error
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("%s cannot be explained: %s", serving, error)
        raise CannotExplain("The network that reads cannot be opened at the moment.") from error


def _load_raster(seen: SubjectInput) -> Raster:
    """What the network saw, as it was kept with its answer."""
    if seen.raster is not None:
        return np.frombuffer(seen.raster, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    return rasterize(seen.strokes or [])

"""The explanation task: one part of the explanation of a champion's prediction.

The result goes into the cache in Redis, not into the database. Safe to deliver twice.
"""

from __future__ import annotations

import json
import logging
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.preprocessing.rasterize import CannotRasterize
from recognizer import protocol
from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import (
    ExplanationSubject,
    SubjectInput,
    load_subject,
)
from recognizer.explanations.user_drawings_in_training_data import list_user_training_examples
from recognizer.messaging.celery_task_sender import CannotPublish
from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.promotion import load_champion
from workers.app import app
from workers.explain import ReportProgress, SaveResult
from workers.raster_unpacking import load_raster

log = logging.getLogger(__name__)

FAILURE_TTL_S = 20
EXAMPLES_TTL_S = 6 * 3600


class CannotExplain(Exception):
    """The explanation failed. The message is shown to the user."""


@app.task(name=protocol.EXPLAIN_TASK)
def explain(subject: str, part: str) -> None:
    """Compute one part of a subject; recognizer.explanations defines both."""
    try:
        explain_if_requested(ExplanationSubject.parse(subject), part)
    except CannotPublish as error:
        log.warning("Cannot save %s of %s: %s", part, subject, error)
    except (OperationalError, InterfaceError) as error:
        log.warning("The explanation of %s failed: %r", subject, error)
        connection.close()


def explain_if_requested(subject: ExplanationSubject, part: str) -> bool:
    """Save the explanation in the cache, now or when an index that it needs is built.

    Returns False if it is no longer requested, or if the subject or the model is missing.
    """
    champion, subject_input = load_champion(), load_subject(subject)
    if champion is None or subject_input is None:
        return False
    key = cache.build_key(subject, part, champion.sha256)
    entry = cache.load_entry(key)
    if entry.text or not entry.asked:  # already computed, or no longer requested
        return False
    ttl_s = EXAMPLES_TTL_S if subject_input.raster is None else cache.EXPLANATION_TTL_S
    save_result = partial(_save_explanation, key, ttl_s)
    try:
        _compute_explanation(
            champion,
            subject,
            subject_input,
            part,
            report_progress=partial(cache.save_progress, key),
            save_result=save_result,
        )
    except CannotExplain as error:
        save_result({"problem": str(error)})
    except Exception:  # the page must not wait for a result that never comes
        save_result({"problem": "The explanation failed because of an internal error."})
        raise
    return True


def _save_explanation(key: str, ttl_s: float, result: protocol.Payload) -> None:
    """Save a result; a failure expires soon, so that it is tried again."""
    text = json.dumps(result, separators=(",", ":"))
    ttl_s = FAILURE_TTL_S if "problem" in result else ttl_s
    cache.save_explanation(key, text, ttl_s=ttl_s)


def _compute_explanation(
    champion: ModelVersion,
    subject: ExplanationSubject,
    subject_input: SubjectInput,
    part: str,
    *,
    report_progress: ReportProgress,
    save_result: SaveResult,
) -> None:
    """Compute one part and save it. Raises CannotExplain."""
    from workers.explain.explanation_json_builder import explain_neighbours, explain_prediction

    report_progress(0, 1)
    strokes = subject_input.strokes
    try:
        raster = load_raster(subject_input.raster, strokes or [])
        if part == "neighbours":
            examples = list_user_training_examples(subject, champion)
            explain_neighbours(
                champion,
                raster,
                examples,
                report_progress=report_progress,
                save_result=save_result,
            )
        else:
            save_result(explain_prediction(champion, strokes, raster, report_progress))
    except CannotRasterize as error:
        raise CannotExplain("There is no ink in this drawing.") from error
    except (CannotFetch, CannotLoadRelease) as error:
        log.warning("Cannot load %s for an explanation: %s", champion, error)
        raise CannotExplain("The model cannot be loaded at the moment.") from error

"""Evaluation of a challenger against the champion on the same fixed sets.

It runs after every training run, and as a task when an admin requests it.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from ml.artifacts.model_card import CannotLoadRelease
from ml.evaluation.evaluation_sets import load_holdout_sets, load_published_test_sets
from ml.evaluation.model_comparison import compare_models
from ml.inference.predictor import Predictor, load_predictor
from ml.training_config import RehearsalKind
from recognizer import protocol
from recognizer.models import Evaluation, ModelVersion, Snapshot, TrainingRun
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.evaluation_request import close_evaluation
from recognizer.registry.model_card_updates import complete_card, find_missing_parts
from recognizer.registry.promotion import load_champion, promote_default_model
from recognizer.webhooks.events import emit_evaluation
from workers.app import app
from workers.comparison.user_evaluation_sets import (
    load_imported_holdout,
    load_user_evaluation_sets,
)
from workers.fetch_model_files import fetch_model_dir

log = logging.getLogger(__name__)


def evaluate_challenger(
    *,
    challenger: ModelVersion,
    champion: ModelVersion | None,
    run: TrainingRun | None = None,
    snapshot: Snapshot | None = None,
) -> Evaluation:
    """Create the evaluation. The base sets match the rehearsal data of the run.

    Raises CannotFetch and CannotLoadRelease.
    """
    champion = champion or promote_default_model(settings.DEFAULT_MODEL_DIR)
    rehearsal = _parse_rehearsal(run)
    sets = [*load_holdout_sets(rehearsal), *load_user_evaluation_sets(snapshot)]
    comparison = compare_models(
        _load_predictor(champion),
        _load_predictor(challenger),
        sets,
        published=[*load_published_test_sets(), *load_imported_holdout(snapshot)],
    )
    with transaction.atomic():
        evaluation = Evaluation.objects.create(
            challenger=challenger,
            champion=champion,
            run=run,
            gate_result=comparison.gate_decision.gate_result,
            decided_by=comparison.gate_decision.decided_by,
            report={"rehearsal": rehearsal, **comparison.report},
        )
        emit_evaluation(evaluation)
    return evaluation


@app.task(name=protocol.EVALUATE_TASK)
def evaluate(model_id: str) -> None:
    """Evaluate a model against the current champion."""
    challenger = ModelVersion.objects.filter(pk=int(model_id)).first()
    champion = load_champion()
    if challenger is None or champion is None or challenger == champion:
        return
    run = TrainingRun.objects.filter(model=challenger).first()
    snapshot = run.snapshot if run else None
    try:
        evaluate_challenger(challenger=challenger, champion=champion, run=run, snapshot=snapshot)
        _complete_model_card(challenger)
    except (CannotFetch, CannotLoadRelease):
        log.exception("Cannot evaluate %s against %s", challenger, champion)
    except (OperationalError, InterfaceError) as error:
        log.warning("The evaluation of %s failed: %r", challenger, error)
        connection.close()
    finally:
        close_evaluation(challenger.pk, champion.pk)


def _complete_model_card(version: ModelVersion) -> None:
    """Add the parts of the model card that an earlier version of the site did not measure."""
    if not find_missing_parts(version):
        return
    # These imports need torch, which recognition workers do not load.
    from ml.artifacts.release_storage import load_model
    from ml.evaluation.model_card_sections import build_model_report, describe_parameters

    size = describe_parameters(load_model(fetch_model_dir(version)))
    parts = {**size, **build_model_report(_load_predictor(version))}
    complete_card(version, parts)


def _load_predictor(version: ModelVersion) -> Predictor:
    """Load a model on the CPU, where most workers run it."""
    return load_predictor(fetch_model_dir(version), "cpu")


def _parse_rehearsal(run: TrainingRun | None) -> RehearsalKind:
    kinds: dict[str, RehearsalKind] = {"mnist": "mnist", "synthetic": "synthetic"}
    return kinds.get(run.rehearsal, "all") if run else "all"

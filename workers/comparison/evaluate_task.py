"""Compares a challenger with the champion on the same frozen sets, and keeps what the gate says.

After every training run, and as a task when an admin asks for it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.evaluation.evaluation_sets import RehearsalKind, load_holdout_sets, load_published_test_sets
from ml.evaluation.model_comparison import compare_models
from ml.inference.predictor import Predictor, load_predictor
from recognizer import protocol
from recognizer.models import Evaluation, ModelVersion, Snapshot, TrainingRun
from recognizer.registry.artifact_store import CannotFetch, fetch_model
from recognizer.registry.card_updates import complete_card, find_missing_parts
from recognizer.registry.promotion import load_champion, promote_default_model
from workers.app import app
from workers.comparison.user_evaluation_sets import load_user_evaluation_sets

log = logging.getLogger(__name__)


def evaluate_challenger(
    *,
    challenger: ModelVersion,
    champion: ModelVersion | None,
    run: TrainingRun | None = None,
    snapshot: Snapshot | None = None,
) -> Evaluation:
    """One new row; the base sets are those of what the run rehearsed.

    Raises CannotFetch and CannotLoadRelease when one of the two cannot be loaded.
    """
    champion = champion or promote_default_model(settings.DEFAULT_MODEL_DIR)
    rehearsal: RehearsalKind = _parse_rehearsal(run)
    sets = [*load_holdout_sets(rehearsal), *load_user_evaluation_sets(snapshot)]
    found = compare_models(
        _load_predictor(champion),
        _load_predictor(challenger),
        sets,
        published=load_published_test_sets(),
    )
    return Evaluation.objects.create(
        challenger=challenger,
        champion=champion,
        run=run,
        gate_result=found.gate_decision.outcome,
        decided_by=found.gate_decision.decided_by,
        report={"rehearsal": rehearsal, **found.report},
    )


@app.task(name=protocol.EVALUATE_TASK)
def evaluate(model_id: str) -> None:
    """Compare a model with whatever serves now."""
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
        log.exception("%s cannot be compared with %s", challenger, champion)
    except (OperationalError, InterfaceError) as error:
        log.warning("%s is not compared now: %r", challenger, error)
        connection.close()


def _complete_model_card(version: ModelVersion) -> None:
    """An earlier version of this site did not measure all that its page shows."""
    if not find_missing_parts(version):
        return
    # They need torch, which a worker that answers on a processor does without.
    from ml.artifacts.release_files import load_model
    from ml.evaluation.model_report import build_model_report, describe_parameters

    size = describe_parameters(load_model(_fetch_model_dir(version)))
    parts = {**size, **build_model_report(_load_predictor(version))}
    complete_card(version, parts)


def _load_predictor(version: ModelVersion) -> Predictor:
    """On the processor, as most workers serve."""
    return load_predictor(_fetch_model_dir(version), "cpu")


def _fetch_model_dir(version: ModelVersion) -> Path:
    return fetch_model(version, Path(settings.STATE_DIR) / "models")


def _parse_rehearsal(run: TrainingRun | None) -> RehearsalKind:
    kinds: dict[str, RehearsalKind] = {"mnist": "mnist", "synthetic": "synthetic"}
    return kinds.get(run.rehearsal, "all") if run else "all"

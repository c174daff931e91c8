"""Compares a challenger with the champion on the same frozen sets, and keeps what the gate says.

After every training run, and as a task when an admin asks for it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ml.card import CannotLoadRelease
from ml.comparison import compare_networks
from ml.frozen import Rehearsal, load_base_sets, load_published_sets
from ml.predictor import Predictor, load_predictor
from recognizer import contract, registry
from recognizer.models import Evaluation, ModelVersion, Snapshot, TrainingRun
from workers.app import app
from workers.peoples_sets import load_peoples_sets

log = logging.getLogger(__name__)


def compare(
    *,
    challenger: ModelVersion,
    champion: ModelVersion | None,
    run: TrainingRun | None = None,
    snapshot: Snapshot | None = None,
) -> Evaluation:
    """One new row; the base sets are those of what the run rehearsed.

    Raises CannotFetch and CannotLoadRelease when one of the two cannot be loaded.
    """
    champion = champion or registry.promote_first_model(settings.FIRST_MODEL)
    rehearsal: Rehearsal = _read_rehearsal(run)
    sets = [*load_base_sets(rehearsal), *load_peoples_sets(snapshot)]
    found = compare_networks(
        _load(champion), _load(challenger), sets, published=load_published_sets()
    )
    return Evaluation.objects.create(
        challenger=challenger,
        champion=champion,
        run=run,
        gate_result=found.judgement.outcome,
        decided_by=found.judgement.decided_by,
        report={"rehearsal": rehearsal, **found.report},
    )


@app.task(name=contract.EVALUATE)
def evaluate(model_id: str) -> None:
    """Compare a model with whatever serves now."""
    challenger = ModelVersion.objects.filter(pk=int(model_id)).first()
    champion = registry.champion()
    if challenger is None or champion is None or challenger == champion:
        return
    run = TrainingRun.objects.filter(model=challenger).first()
    snapshot = run.snapshot if run else None
    try:
        compare(challenger=challenger, champion=champion, run=run, snapshot=snapshot)
        _complete(challenger)
    except (registry.CannotFetch, CannotLoadRelease):
        log.exception("%s cannot be compared with %s", challenger, champion)
    except (OperationalError, InterfaceError) as error:
        log.warning("%s is not compared now: %r", challenger, error)
        connection.close()


def _complete(version: ModelVersion) -> None:
    """An earlier version of this site did not measure all that its page shows."""
    if not registry.find_missing(version):
        return
    # They need torch, which a worker that answers on a processor does without.
    from ml.behaviour import describe_behaviour_here, describe_size
    from ml.checkpoint import load_network

    size = describe_size(load_network(_fetch(version)))
    parts = {**size, **describe_behaviour_here(_load(version))}
    registry.complete_card(version, parts)


def _load(version: ModelVersion) -> Predictor:
    """On the processor, as most workers serve."""
    return load_predictor(_fetch(version), "cpu")


def _fetch(version: ModelVersion) -> Path:
    return registry.fetch_model(version, Path(settings.HOME) / "models")


def _read_rehearsal(run: TrainingRun | None) -> Rehearsal:
    kinds: dict[str, Rehearsal] = {"mnist": "mnist", "synthetic": "synthetic"}
    return kinds.get(run.rehearsal, "all") if run else "all"

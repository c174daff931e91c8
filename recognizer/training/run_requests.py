"""Requests for training runs and their cancellation. A run's row is its job: the dispatcher finds
and sends it."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now

from recognizer.models import (
    ModelVersion,
    Rehearsal,
    RetrainingProposal,
    RunStatus,
    Snapshot,
    TrainingRun,
    Trigger,
    User,
)
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.training.run_errors import CannotCancel, CannotRequest
from recognizer.webhooks.events import emit_ended_runs

ARCHITECTURES = ("inknet", "lenet5_v2", "kaggle_cnn", "cnn_xavier", "sequential8", "mlp", "fnn")
"""Same as `ml.architectures`, which the web tier does not import. A test compares the two."""

OPEN_STATUSES = (RunStatus.QUEUED, RunStatus.RUNNING)
MAX_EPOCHS = 200
DEFAULT_EPOCHS = {"fine_tune": 4, "scratch": 40}
"""Epochs that the form suggests."""
MAX_SEED = 2**31 - 1


def request_run(
    *,
    by: User | None,
    trigger: Trigger,
    architecture: str,
    base: ModelVersion | None,
    snapshot: Snapshot | None,
    rehearsal: Rehearsal,
    epochs: int,
    seed: int = 1,
    wants_shadow: bool = False,
    proposal_id: int | None = None,
) -> TrainingRun:
    """Create a queued run. Each device trains one run at a time.

    Without `snapshot`, a training set is built first. The proposal that led to this run is
    resolved. Raises CannotRequest.
    """
    _check_model(architecture, base)
    if not 1 <= epochs <= MAX_EPOCHS:
        raise CannotRequest("epochs", f"Set the epochs to 1 to {MAX_EPOCHS}.")
    snapshot = snapshot or build_training_snapshot(by)
    if sum(count > 0 for count in snapshot.counts["training"][:10]) < 2:
        raise CannotRequest("single_class")
    fields = {
        "architecture": architecture,
        "base": base,
        "snapshot": snapshot,
        "rehearsal": rehearsal,
        "epochs": epochs,
        "seed": seed,
    }
    with transaction.atomic():
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)  # serialize concurrent requests
        if TrainingRun.objects.filter(status__in=OPEN_STATUSES, **fields).exists():
            raise CannotRequest("already_open")
        run = TrainingRun.objects.create(
            by=by, trigger=trigger, wants_shadow=wants_shadow, **fields
        )
        if proposal_id is not None:
            proposals = RetrainingProposal.objects.filter(pk=proposal_id, resolved_at=None)
            proposals.update(run=run, resolved_at=Now())
        return run


def cancel_run(*, run: TrainingRun) -> TrainingRun:
    """Cancel a queued run, or request a running one to stop, which takes a second or two. Repeated
    calls change nothing. Raises CannotCancel if the run has succeeded or failed."""
    rows = TrainingRun.objects.filter(pk=run.pk)
    ended = {"status": RunStatus.CANCELLED, "cancelled_at": Now(), "ended_at": Now()}
    with transaction.atomic():
        is_ended = rows.filter(status=RunStatus.QUEUED).update(**ended)
        if is_ended:
            emit_ended_runs([run.pk])
    if not is_ended:
        rows.filter(status__in=OPEN_STATUSES, cancelled_at=None).update(cancelled_at=Now())
    run.refresh_from_db()
    if run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED):
        raise CannotCancel("This run has already ended.")
    return run


def find_default_base(architecture: str | None = None) -> ModelVersion | None:
    """Return the default base model: the champion, if it has this architecture."""
    champion = load_champion()
    if champion is None or architecture not in (None, champion.architecture):
        return None
    return champion


def _check_model(architecture: str, base: ModelVersion | None) -> None:
    if architecture not in ARCHITECTURES:
        raise CannotRequest("unknown_architecture")
    if base is None:
        return
    if base.architecture != architecture:
        raise CannotRequest("architecture_mismatch")
    names = base.card.get("files", {})
    if not names or not all(default_storage.exists(f"{base.folder}/{name}") for name in names):
        raise CannotRequest("base_missing")


def build_training_snapshot(by: User | None) -> Snapshot:
    """Build a snapshot of the labels that are agreed now. Raises CannotRequest."""
    try:
        return build_snapshot(by=by)
    except CannotBuild as error:
        raise CannotRequest("no_training_data", str(error)) from error

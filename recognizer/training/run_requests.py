"""Asking for a run, and asking it to stop. The row is the job: the sweep finds it and sends it."""

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

ARCHITECTURES = (
    "inknet",
    "lenet5_v2",
    "kaggle_cnn",
    "cnn_xavier",
    "sequential8",
    "mlp",
    "fnn",
)
"""Those of `ml.architectures`, which the web tier does not load; a test holds them level."""

OPEN_STATUSES = (RunStatus.QUEUED, RunStatus.RUNNING)
MAX_EPOCHS = 200
DEFAULT_EPOCHS = {"fine_tune": 4, "scratch": 40}
"""What is proposed to who starts a run."""
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
    """A run that waits for its turn; one at a time is trained on a device.

    Without a `snapshot` one is made now. The proposal it follows is settled. Raises CannotRequest.
    """
    _check_model(architecture, base)
    if not 1 <= epochs <= MAX_EPOCHS:
        raise CannotRequest("epochs", f"A run has 1 to {MAX_EPOCHS} rounds.")
    snapshot = snapshot or _make_snapshot(by)
    if sum(count > 0 for count in snapshot.counts["training"][:10]) < 2:
        raise CannotRequest("single_class")
    asked = {
        "architecture": architecture,
        "base": base,
        "snapshot": snapshot,
        "rehearsal": rehearsal,
        "epochs": epochs,
        "seed": seed,
    }
    with transaction.atomic():
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)  # two at once: one after the other
        if TrainingRun.objects.filter(status__in=OPEN_STATUSES, **asked).exists():
            raise CannotRequest("already_open")
        run = TrainingRun.objects.create(by=by, trigger=trigger, wants_shadow=wants_shadow, **asked)
        if proposal_id is not None:
            followed = RetrainingProposal.objects.filter(pk=proposal_id, resolved_at=None)
            followed.update(run=run, resolved_at=Now())
        return run


def cancel_run(*, run: TrainingRun) -> TrainingRun:
    """One that waits is cancelled at once; one that trains is asked to stop, and does so within a
    second or two. Asking again changes nothing. Raises CannotCancel when it has ended otherwise."""
    rows = TrainingRun.objects.filter(pk=run.pk)
    ended = {"status": RunStatus.CANCELLED, "cancelled_at": Now(), "ended_at": Now()}
    if not rows.filter(status=RunStatus.QUEUED).update(**ended):
        rows.filter(status__in=OPEN_STATUSES, cancelled_at=None).update(cancelled_at=Now())
    run.refresh_from_db()
    if run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED):
        raise CannotCancel("This run has ended already.")
    return run


def find_default_base(architecture: str | None = None) -> ModelVersion | None:
    """What a run trains further unless it is told: the champion, if it is of this kind."""
    serving = load_champion()
    if serving is None or architecture not in (None, serving.architecture):
        return None
    return serving


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


def _make_snapshot(by: User | None) -> Snapshot:
    try:
        return build_snapshot(by=by, note="")
    except CannotBuild as error:
        raise CannotRequest("no_training_data", str(error)) from error

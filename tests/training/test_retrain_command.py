"""The command `manage.py retrain`."""

import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from recognizer.models import RunEvent, RunStatus, Snapshot, TrainingRun
from recognizer.registry.promotion import promote_default_model
from tests.fixtures.site_process import wait_until
from tests.training.test_run_requests import SHIPPED


def _retrain(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("retrain", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_requests_a_run_and_prints_its_id(snapshot: Snapshot) -> None:
    serving = promote_default_model(SHIPPED)
    output = _retrain("--no-wait", "--snapshot", str(snapshot.pk), "--epochs", "2", "--shadow")
    run = TrainingRun.objects.get()
    assert output.strip() == str(run.pk)
    assert (run.trigger, run.base, run.epochs, run.wants_shadow) == ("command", serving, 2, True)


@pytest.mark.django_db
def test_trains_from_scratch_or_from_a_given_base(snapshot: Snapshot) -> None:
    serving = promote_default_model(SHIPPED)
    options = ["--no-wait", "--snapshot", str(snapshot.pk)]
    _retrain(*options, "--from-scratch", "mlp")
    _retrain(*options, "--base", serving.ref)
    runs = TrainingRun.objects.order_by("created_at")
    assert [(run.architecture, run.base) for run in runs] == [("mlp", None), ("inknet", serving)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--base", "inknet@000000000000"], "There is no such model."),
        (["--snapshot", "01a1fc4f-1264-790d-843b-af03cf352863"], "There is no such snapshot."),
        (["--epochs", "900", "--from-scratch", "mlp"], "1 to 200"),
        (["--from-scratch", "mlp"], "no trainable drawing"),
    ],
)
def test_refuses_invalid_arguments(db: None, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        _retrain(*arguments)
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_prints_events_until_the_run_ends(snapshot: Snapshot) -> None:
    def train() -> None:
        wait_until(TrainingRun.objects.exists, within_s=10, what="the run is requested")
        run = TrainingRun.objects.get()
        RunEvent.objects.create(run=run, kind="log", body={"text": "6 drawings."})
        metrics = {"epoch": 1, "loss": 0.25, "accuracy": 0.987}
        RunEvent.objects.create(run=run, kind="epoch", body=metrics)
        ended = {"status": RunStatus.FAILED, "error": "disk_full", "detail": "No room."}
        TrainingRun.objects.update(ended_at=Now(), **ended)
        connection.close()

    trainer = threading.Thread(target=train)
    trainer.start()
    out = StringIO()
    with pytest.raises(CommandError, match=r"The run ended failed\. No room\."):
        call_command("retrain", "--snapshot", str(snapshot.pk), "--from-scratch", "mlp", stdout=out)
    trainer.join()
    assert out.getvalue().splitlines()[1:] == [
        "6 drawings.",
        "Epoch 1 of 40: loss 0.2500, accuracy 98.70 %",
    ]

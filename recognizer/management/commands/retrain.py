"""Request a training run and print its progress until it ends."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from recognizer import permission_checked_lookups
from recognizer.management.base_command import SiteCommand
from recognizer.models import ModelVersion, Rehearsal, RunStatus, TrainingRun, Trigger
from recognizer.training.run_list_and_events import has_ended, load_events
from recognizer.training.run_payloads import run_json
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    find_default_base,
    request_run,
)

POLL_INTERVAL_S = 0.5


class Command(SiteCommand):
    help = "Train a model and print the progress. The background worker of the site trains it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base", metavar="NAME@SHA12", help="base model; the champion")
        parser.add_argument("--from-scratch", metavar="NAME", choices=ARCHITECTURES)
        parser.add_argument("--snapshot", metavar="ID", help="snapshot; default: a new one")
        parser.add_argument("--rehearsal", choices=Rehearsal.values, default=Rehearsal.ALL)
        parser.add_argument("--epochs", type=int, help="passes over the data")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--shadow", action="store_true", help="make it a shadow model")
        parser.add_argument("--no-wait", action="store_true", help="print the id and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        run = _request_run(options)
        self.stdout.write(str(run.pk))
        if not options["no_wait"]:
            self._watch(run)

    def _watch(self, run: TrainingRun) -> None:
        """Print events until the run ends. Ctrl-C does not cancel the run."""
        cursor = 0
        while True:
            run.refresh_from_db()
            for event in load_events(run.pk, since=cursor):
                cursor = event.pk
                if line := _format_event(event.kind, event.body, run.epochs):
                    self.stdout.write(line)
            if has_ended(run):
                break
            time.sleep(POLL_INTERVAL_S)
        if run.status != RunStatus.SUCCEEDED:
            raise CommandError(f"The run ended {run.status}. {run.detail}".strip())
        self.stdout.write(f"{run.model}: {run_json(run)['gate_result']}")


def _request_run(options: dict[str, Any]) -> TrainingRun:
    base = _find_base(options)
    return request_run(
        by=None,
        trigger=Trigger.COMMAND,
        architecture=base.architecture if base else options["from_scratch"] or "inknet",
        base=base,
        snapshot=permission_checked_lookups.find_snapshot(options["snapshot"])
        if options["snapshot"]
        else None,
        rehearsal=Rehearsal(options["rehearsal"]),
        epochs=options["epochs"] or DEFAULT_EPOCHS["fine_tune" if base else "scratch"],
        seed=options["seed"],
        wants_shadow=options["shadow"],
    )


def _find_base(options: dict[str, Any]) -> ModelVersion | None:
    if options["from_scratch"]:
        return None
    if options["base"]:
        return permission_checked_lookups.find_model_version(options["base"])
    return find_default_base()


def _format_event(kind: str, body: dict[str, Any], epochs: int) -> str:
    if kind == "log":
        return str(body["text"])
    if kind != "epoch":
        return ""
    accuracy = f"{100 * body['accuracy']:.2f} %"
    return f"Epoch {body['epoch']} of {epochs}: loss {body['loss']:.4f}, accuracy {accuracy}"

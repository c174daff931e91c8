"""A training run in words, for its page and the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recognizer.models import Evaluation, GateResult, Rehearsal, RunStatus, TrainingRun, Trigger
from recognizer.training.queries import has_ended, load_events
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.serializers import event_json, run_json

STATUS_TEXTS = {
    RunStatus.QUEUED: ("Waiting", ""),
    RunStatus.RUNNING: ("Training", "accent"),
    RunStatus.SUCCEEDED: ("Done", "ok"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.CANCELLED: ("Cancelled", "warn"),
}
REHEARSAL_TEXTS = {
    Rehearsal.ALL: "Scanned and pen-drawn digits, and letters",
    Rehearsal.MNIST: "Scanned digits alone",
    Rehearsal.SYNTHETIC: "Digits the computer draws",
}
TRIGGER_TEXTS = {
    Trigger.PAGE: "on this page",
    Trigger.API: "through a program",
    Trigger.COMMAND: "on the command line",
    Trigger.SCHEDULE: "by the schedule",
    Trigger.NEW_LABELS: "because much was newly agreed",
    Trigger.DRIFT: "because the drawings have changed",
}
GATE_RESULT_TEXTS = {
    GateResult.PASSED: ("It passed: it may answer people.", "ok"),
    GateResult.REFUSED: (
        "It was refused: it is not good enough to replace the present one.",
        "bad",
    ),
    GateResult.INSUFFICIENT_EVIDENCE: (
        "There is not enough evidence yet to say that it is better.",
        "warn",
    ),
}


@dataclass(frozen=True)
class RunSummary:
    """One run as the pages show it."""

    run: TrainingRun

    @property
    def state(self) -> str:
        if self.is_stopping:
            return "Stopping"
        return STATUS_TEXTS[RunStatus(self.run.status)][0]

    @property
    def tone(self) -> str:
        return STATUS_TEXTS[RunStatus(self.run.status)][1]

    @property
    def title(self) -> str:
        return f"Training {self.run.base or 'a new ' + self.run.architecture}"

    @property
    def is_open(self) -> bool:
        return not has_ended(self.run)

    @property
    def is_stopping(self) -> bool:
        return self.is_open and self.run.cancelled_at is not None

    @property
    def rehearsal(self) -> str:
        return REHEARSAL_TEXTS[Rehearsal(self.run.rehearsal)]

    @property
    def trigger(self) -> str:
        return TRIGGER_TEXTS[Trigger(self.run.trigger)]

    @property
    def failure(self) -> str:
        return RUN_ERRORS.get(self.run.error, "") if self.run.error else ""

    @property
    def failure_detail(self) -> str:
        return "" if self.run.detail == self.failure else self.run.detail

    @property
    def minutes(self) -> str:
        """How long it took, or has taken until it ended."""
        if not self.run.started_at or not self.run.ended_at:
            return ""
        seconds = (self.run.ended_at - self.run.started_at).total_seconds()
        if seconds < 60:
            return f"{seconds:.0f} s"
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"

    @property
    def evaluation(self) -> Evaluation | None:
        return self.run.evaluations.order_by("-id").first()

    @property
    def verdict(self) -> tuple[str, str] | None:
        found = self.evaluation
        return GATE_RESULT_TEXTS[GateResult(found.gate_result)] if found else None

    @property
    def share(self) -> float:
        return float(self.run.progress.get("fraction", 0)) if self.run.progress else 0.0


def build_page_state(run: TrainingRun) -> dict[str, Any]:
    """What the page's script starts from: the same as the socket's `hello`."""
    events = [event_json(event) for event in load_events(run.pk)]
    cursor = max((event["cursor"] for event in events), default=0)
    return {"type": "hello", "cursor": cursor, "run": run_json(run), "events": events}

"""Texts and values of a training run, for its page and the list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer.models import Evaluation, GateResult, Rehearsal, RunStatus, TrainingRun, Trigger
from recognizer.training.readiness import used_synthetic_digits
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_list_and_events import has_ended, load_events
from recognizer.training.run_payloads import event_json, run_json
from recognizer.views.model_display_names import architecture_title, model_name
from recognizer.views.training.snapshot_summary import format_split_counts, snapshot_title

STATUS_TEXTS = {
    RunStatus.QUEUED: ("Queued", ""),
    RunStatus.RUNNING: ("Training", "accent"),
    RunStatus.SUCCEEDED: ("Succeeded", "ok"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.CANCELLED: ("Cancelled", "warn"),
}
REHEARSAL_TEXTS = {
    Rehearsal.ALL: "Scanned digits, pen digits and letters",
    Rehearsal.MNIST: "Scanned digits only (MNIST)",
    Rehearsal.SYNTHETIC: "Synthetic digits (drawn by the computer)",
}
TRIGGER_TEXTS = {
    Trigger.PAGE: "on the training page",
    Trigger.API: "through the API",
    Trigger.COMMAND: "on the command line",
    Trigger.SCHEDULE: "by schedule",
    Trigger.NEW_LABELS: "because of many new labels",
    Trigger.DRIFT: "because of drift",
}
GATE_RESULT_TEXTS = {
    GateResult.PASSED: ("Passed: it is better than the champion and can be promoted.", "ok"),
    GateResult.REFUSED: ("Refused: it is not good enough to replace the champion.", "bad"),
    GateResult.INSUFFICIENT_EVIDENCE: (
        "Insufficient evidence: there are too few evaluation drawings to compare it.",
        "warn",
    ),
}


@dataclass(frozen=True)
class RunSummary:
    """One training run as the pages show it."""

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
        if self.run.base:
            return f"Fine-tune {model_name(self.run.base)}"
        return f"Train a new {architecture_title(self.run.architecture)}"

    @property
    def snapshot_title(self) -> str:
        return snapshot_title(self.run.snapshot) if self.run.snapshot else ""

    @property
    def snapshot_counts(self) -> str:
        return format_split_counts(self.run.snapshot.counts) if self.run.snapshot else ""

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
    def used_synthetic_digits(self) -> bool:
        return used_synthetic_digits(self.run)

    @property
    def trigger(self) -> str:
        return TRIGGER_TEXTS[Trigger(self.run.trigger)]

    @property
    def failure(self) -> str:
        return RUN_ERRORS.get(self.run.error or "", "")

    @property
    def failure_detail(self) -> str:
        return "" if self.run.detail == self.failure else self.run.detail

    @property
    def duration(self) -> str:
        """Empty for a run that has not started or not ended."""
        if not self.run.started_at or not self.run.ended_at:
            return ""
        seconds = (self.run.ended_at - self.run.started_at).total_seconds()
        if seconds < 60:
            return f"{seconds:.0f} s"
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"

    @cached_property
    def evaluation(self) -> Evaluation | None:
        return self.run.newest_evaluation

    @property
    def gate_result_text(self) -> str:
        return self._gate_result[0]

    @property
    def gate_result_tone(self) -> str:
        return self._gate_result[1]

    @property
    def _gate_result(self) -> tuple[str, str]:
        if self.evaluation is None:
            return "", ""
        return GATE_RESULT_TEXTS[GateResult(self.evaluation.gate_result)]

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return float(self.run.progress.get("fraction", 0)) if self.run.progress else 0.0


def build_page_state(run: TrainingRun) -> dict[str, Any]:
    """Return the initial state of the page's script: the same as the socket's `hello`."""
    events = [event_json(event) for event in load_events(run.pk)]
    cursor = max((event["cursor"] for event in events), default=0)
    return {"type": "hello", "cursor": cursor, "run": run_json(run), "events": events}

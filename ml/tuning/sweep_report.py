"""Report on the trials of a sweep: a table in JSON and Markdown, and a chart."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

TUNED_PARAMS = ("depth", "width", "activation", "weight_decay", "epochs")
COLOURS = {"relu": "#2a78d6", "leaky_relu": "#1a9a6c", "tanh": "#c2571a", "sigmoid": "#8a4fbf"}
LOG_SCALE_PARAMS = ("width", "weight_decay")
ERROR_TICKS = (0.2, 0.1, 0.05, 0.02, 0.01)
"""Grid lines of the chart on a logarithmic scale. Values outside are drawn on the edge."""

_PANEL, _HEIGHT, _GAP = 190, 200, 26

TrialRow = dict[str, Any]


def save_sweep_report(folder: Path, architecture: str, trials: Sequence[FrozenTrial]) -> None:
    """Write trials.json, trials.md and trials.svg to a folder."""
    rows = [_build_row(trial) for trial in trials]
    table = {"architecture": architecture, "measured_on": "mnist validation", "trials": rows}
    lines = json.dumps(table, indent=1).replace("\n   ", " ").replace("\n  }", " }")
    (folder / "trials.json").write_text(lines + "\n", encoding="utf-8")
    (folder / "trials.md").write_text(format_trials(architecture, rows), encoding="utf-8")
    (folder / "trials.svg").write_text(render_trials_svg(rows), encoding="utf-8")


def format_trial(trial: FrozenTrial) -> str:
    """Return a trial as one line of text."""
    row = _build_row(trial)
    params = "  ".join(
        f"{name} {row[name]:.3g}" if isinstance(row[name], float) else f"{name} {row[name]}"
        for name in TUNED_PARAMS
    )
    end = f"pruned after {row['last_epoch']}" if row["is_pruned"] else f"{row['wall_s']:.0f} s"
    return f"trial {row['trial']}  {row['accuracy']:.2%}  {params}  {end}"


def format_trials(architecture: str, rows: Sequence[TrialRow]) -> str:
    """Return a Markdown page with the trials: the best first, pruned trials last."""
    ranked = sorted(rows, key=lambda row: (row["is_pruned"], -row["accuracy"]))
    num_pruned = sum(row["is_pruned"] for row in rows)
    head = ("trial", "accuracy", "last epoch", *TUNED_PARAMS, "s")
    lines = [
        f"# Sweep of {architecture}",
        "",
        f"{len(rows)} trials, the best first; {num_pruned} were pruned and show the accuracy of",
        "their last epoch. Evaluated on MNIST's validation writers, n 6,812. Written by",
        f"`python -m ml sweep {architecture}`.",
        "",
        "![Error by parameter](trials.svg)",
        "",
        f"| {' | '.join(name.replace('_', ' ') for name in head)} |",
        "|" + "---|" * len(head),
    ]
    for row in ranked:
        mark = " (pruned)" if row["is_pruned"] else ""
        lines.append(
            f"| {row['trial']} | {100 * row['accuracy']:.2f} %{mark} | {row['last_epoch']} | "
            f"{row['depth']} | {row['width']} | {row['activation']} | "
            f"{row['weight_decay']:.2g} | {row['epochs']} | {row['wall_s']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def render_trials_svg(rows: Sequence[TrialRow]) -> str:
    """Return an SVG with the error by trial and by parameter.

    Colours are activations; pruned trials are hollow.
    """
    panels = ("trial", "depth", "width", "weight_decay", "epochs")
    width = len(panels) * (_PANEL + _GAP) + 2 * _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT + 90}" '
        'font-family="system-ui, sans-serif" font-size="11" fill="#444">',
        f'<rect width="{width}" height="{_HEIGHT + 90}" fill="#fff"/>',
        f'<text x="{2 * _GAP}" y="12">Error on validation writers; hollow: pruned</text>',
    ]
    for number, name in enumerate(panels):
        left = 2 * _GAP + number * (_PANEL + _GAP)
        parts += _render_panel(rows, name, left, has_labels=number == 0)
    for number, (activation, colour) in enumerate(COLOURS.items()):
        x = 2 * _GAP + number * 110
        parts.append(f'<circle cx="{x}" cy="{_HEIGHT + 70}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 9}" y="{_HEIGHT + 74}">{activation.replace("_", " ")}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _render_panel(
    rows: Sequence[TrialRow], name: str, left: float, *, has_labels: bool
) -> list[str]:
    values = [_to_axis_scale(name, row[name]) for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    parts = [
        f'<text x="{left + _PANEL / 2}" y="{_HEIGHT + 48}" text-anchor="middle">'
        f"{name.replace('_', ' ')}</text>"
    ]
    for error in ERROR_TICKS:
        y = _error_to_y(error)
        parts.append(f'<path d="M{left} {y:.1f}h{_PANEL}" stroke="#ddd"/>')
        if has_labels:
            parts.append(
                f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{100 * error:g} %</text>'
            )
    for end, value, anchor in ((left, low, "start"), (left + _PANEL, high, "end")):
        text = 10**value if name in LOG_SCALE_PARAMS else value
        parts.append(f'<text x="{end}" y="{_HEIGHT + 34}" text-anchor="{anchor}">{text:.3g}</text>')
    for row, value in zip(rows, values, strict=True):
        x = left + 5 + (_PANEL - 10) * (value - low) / max(high - low, 1e-9)
        y = _error_to_y(1 - row["accuracy"])
        colour = COLOURS[row["activation"]]
        fill = "none" if row["is_pruned"] else colour
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" stroke="{colour}" fill="{fill}"/>')
    return parts


def _error_to_y(error: float) -> float:
    """Return the y coordinate of an error."""
    low, high = math.log(min(ERROR_TICKS)), math.log(max(ERROR_TICKS))
    fraction = (math.log(max(error, min(ERROR_TICKS))) - low) / (high - low)
    return 20 + _HEIGHT * (1 - min(fraction, 1.0))


def _to_axis_scale(name: str, value: float) -> float:
    return math.log10(value) if name in LOG_SCALE_PARAMS else float(value)


def _build_row(trial: FrozenTrial) -> TrialRow:
    accuracies = trial.intermediate_values
    wall_s = trial.duration.total_seconds() if trial.duration else 0.0
    return {
        "trial": trial.number,
        "accuracy": trial.value if trial.value is not None else accuracies[max(accuracies)],
        "is_pruned": trial.state == TrialState.PRUNED,
        "last_epoch": max(accuracies),
        **{name: trial.params[name] for name in TUNED_PARAMS},
        "wall_s": round(wall_s, 1),
    }

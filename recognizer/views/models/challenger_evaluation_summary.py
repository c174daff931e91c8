"""Text, numbers and charts of an evaluation report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer.models import GateResult
from recognizer.registry.parsers.evaluation_report_parser import (
    EvaluationReport,
    ModelResult,
    PairedTest,
    SetReport,
)
from recognizer.registry.parsers.model_card_parser import ConfusionMatrix
from recognizer.views.label_and_number_formatting import format_count, format_label, format_percent
from recognizer.views.models.card_sections.card_metric_sections import (
    IntervalBar,
    build_interval_bar,
)
from recognizer.views.models.confusion_matrices import format_short_label, shade_level
from recognizer.views.models.prediction_differences import PredictionDiff, load_changed_drawings

GATE_RESULT_TEXTS = {
    GateResult.PASSED: ("Passed", "ok"),
    GateResult.REFUSED: ("Refused", "bad"),
    GateResult.INSUFFICIENT_EVIDENCE: ("Insufficient evidence", "warn"),
}
CHART_WIDTH, CHART_SIDE = 100, 100
SIGNIFICANCE_LEVEL = 0.05


@dataclass(frozen=True)
class SetSummary:
    """One evaluation set."""

    report: SetReport

    @property
    def state(self) -> tuple[str, str]:
        """Return the result in a few words and its tone."""
        if self.report.regressions:
            return "Worse", "bad"
        if self.report.shortage:
            return "Too few drawings", "warn"
        if self.report.is_better:
            return "Better", "ok"
        return "No significant difference", ""

    @property
    def sentence(self) -> str:
        if not self.report.n:
            return "This set has no drawings yet."
        test = self.report.test
        if not test.won and not test.lost:
            return "Both models are correct on the same drawings."
        return (
            f"The challenger is correct on {format_count(test.won, 'drawing')} that the champion"
            f" misclassifies, and misclassifies {format_count(test.lost, 'drawing')} that the"
            " champion gets right."
        )

    @cached_property
    def models(self) -> list[ModelSummary]:
        """The champion and the challenger; empty if the set is empty."""
        champion, challenger = self.report.champion, self.report.challenger
        if champion is None or challenger is None:
            return []
        floor = min(champion.interval[0], challenger.interval[0])
        scale = CHART_WIDTH / max(1 - floor, 1e-9) / 1.08
        left = floor - 0.06 / scale * CHART_WIDTH / 100
        return [
            ModelSummary(name, result, left, scale)
            for name, result in (("champion", champion), ("challenger", challenger))
        ]

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Return (name, value) of the test; empty if the set is empty."""
        report = self.report
        if report.interval is None or report.champion is None or report.challenger is None:
            return []
        low, high = report.interval
        before, after = 100 * report.champion.ece, 100 * report.challenger.ece
        return [
            (
                "Difference (95 % interval)",
                f"{_format_points(report.difference)} points"
                f" ({_format_points(low)} to {_format_points(high)})",
            ),
            ("Lower bound (one-sided, 95 %)", f"{_format_points(report.bound)} points"),
            ("p-value (Holm-adjusted)", format_p_value(report.test.p_adjusted)),
            ("Calibration error", f"{before:.2f} → {after:.2f} points"),
        ]

    @property
    def digits(self) -> list[dict[str, Any]]:
        return [
            {
                "name": format_label(one.digit),
                "n": one.n,
                "won": one.won,
                "lost": one.lost,
                "champion": format_percent(one.champion / one.n),
                "challenger": format_percent(one.challenger / one.n),
                "p": format_p_value(one.p_adjusted),
                "is_worse": one.lost > one.won and one.p_adjusted < SIGNIFICANCE_LEVEL,
            }
            for one in self.report.by_digit
            if one.n
        ]

    @property
    def test(self) -> PairedTest:
        return self.report.test

    @cached_property
    def won(self) -> list[PredictionDiff]:
        return load_changed_drawings(self.report.changed.won)

    @cached_property
    def lost(self) -> list[PredictionDiff]:
        return load_changed_drawings(self.report.changed.lost)


@dataclass(frozen=True)
class ModelSummary:
    """One model on one set; `left` and `scale` place its interval on the common line."""

    name: str
    result: ModelResult
    left: float
    scale: float

    @property
    def bar(self) -> IntervalBar:
        return build_interval_bar(
            self.result.accuracy,
            self.result.interval,
            left=self.left,
            scale=self.scale,
            name=self.name,
        )

    @property
    def reliability_points(self) -> list[tuple[float, float]]:
        """Return (x, y) of each bin in a square whose y axis points down."""
        return [
            (round(CHART_SIDE * one.confidence, 1), round(CHART_SIDE * (1 - one.accuracy), 1))
            for one in self.result.bins
        ]

    @property
    def confusion_rows(self) -> list[dict[str, Any]]:
        return _shade_matrix(self.result.confusion)


def list_published_sets(report: EvaluationReport) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "n": one.n,
            "champion": format_percent(one.champion.accuracy),
            "challenger": format_percent(one.challenger.accuracy),
        }
        for one in report.published or []
    ]


def format_p_value(value: float) -> str:
    return "under 0.0001" if value < 0.0001 else f"{value:.2g}"


def _shade_matrix(matrix: ConfusionMatrix) -> list[dict[str, Any]]:
    """Return the rows of labels that occur."""
    rows = []
    for label, row in enumerate(matrix):
        if not any(row):
            continue
        cells = [
            {
                "count": count,
                "shade": shade_level(count / sum(row)),
                "is_correct": prediction == label,
            }
            for prediction, count in enumerate(row)
        ]
        rows.append({"name": format_short_label(label), "cells": cells})
    return rows


def _format_points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")

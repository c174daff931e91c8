"""The gate's verdict as its page shows it: plain words first, the numbers after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recognizer.models import GateResult
from recognizer.views.formatting import format_label, format_percent
from recognizer.views.models.changed_drawings import PredictionDiff, load_changed_drawings

JsonObject = Mapping[str, Any]

GATE_RESULT_TEXTS = {
    GateResult.PASSED: ("Passed", "ok"),
    GateResult.REFUSED: ("Refused", "bad"),
    GateResult.INSUFFICIENT_EVIDENCE: ("Not enough evidence", "warn"),
}
CHART_WIDTH, CHART_SIDE = 100, 100
SHADES = ((0.5, 4), (0.1, 3), (0.02, 2))
"""From which share of a row on a cell has which shade; less has the lightest."""


@dataclass(frozen=True)
class AccuracyRange:
    """Accuracy with its interval, placed on a line from 0 to CHART_WIDTH."""

    name: str
    percent: str
    interval: str
    at: float
    low: float
    width: float


@dataclass(frozen=True)
class SetReport:
    """One frozen set of a report."""

    found: JsonObject

    @property
    def is_empty(self) -> bool:
        return not self.found["n"]

    @property
    def state(self) -> tuple[str, str]:
        """In a word or two, and its colour."""
        if self.found["worse"]:
            return "Worse", "bad"
        if self.found["lacks"]:
            return "Too few drawings", "warn"
        if self.found["is_better"]:
            return "Better", "ok"
        return "No worse", ""

    @property
    def sentence(self) -> str:
        test = self.found["test"]
        if self.is_empty:
            return "There is no drawing in this set yet."
        same = self.found["n"] - test["won"] - test["lost"]
        if not test["won"] and not test["lost"]:
            return f"Both do equally well on {'it' if same == 1 else f'all {same:,}'}."
        return (
            f"It reads {_format_count(test['won'])} right that the present one gets wrong,"
            f" and gets {_format_count(test['lost'])} wrong that the present one reads."
            f" On the other {same:,} both do equally well."
        )

    @property
    def ranges(self) -> list[AccuracyRange]:
        both = [self.found["champion"], self.found["challenger"]]
        floor = min(one["interval"][0] for one in both)
        scale = CHART_WIDTH / max(1 - floor, 1e-9) / 1.08
        left = floor - 0.06 / scale * CHART_WIDTH / 100
        names = ("now", "new")
        return [
            AccuracyRange(
                name=name,
                percent=format_percent(one["accuracy"]),
                interval=" to ".join(format_percent(end) for end in one["interval"]),
                at=round((one["accuracy"] - left) * scale, 2),
                low=round((one["interval"][0] - left) * scale, 2),
                width=round((one["interval"][1] - one["interval"][0]) * scale, 2),
            )
            for name, one in zip(names, both, strict=True)
        ]

    @property
    def numbers(self) -> list[tuple[str, str]]:
        found, test = self.found, self.found["test"]
        low, high = found["interval"]
        before, after = found["champion"]["ece"], found["challenger"]["ece"]
        return [
            (
                "Difference",
                f"{_format_points(found['difference'])} "
                f"({_format_points(low)} to {_format_points(high)})",
            ),
            ("With 95 % certainty at least", _format_points(found["bound"])),
            ("Luck alone would do as much (p)", _format_p_value(test["p_adjusted"])),
            ("Confidence off by", f"{100 * before:.2f} before, {100 * after:.2f} after, points"),
        ]

    @property
    def digits(self) -> list[dict[str, Any]]:
        return [
            {
                **one,
                "name": format_label(one["digit"]),
                "now": format_percent(one["champion"] / one["n"]),
                "new": format_percent(one["challenger"] / one["n"]),
                "luck": _format_p_value(one["p_adjusted"]),
                "is_worse": one["lost"] > one["won"] and one["p_adjusted"] < 0.05,
            }
            for one in self.found["by_digit"]
        ]

    @property
    def calibration(self) -> list[dict[str, Any]]:
        """Both diagrams: points from the left below (unsure, wrong) to the right above."""
        return [
            {
                "name": name,
                "points": [
                    (
                        round(CHART_SIDE * point["confidence"], 1),
                        round(CHART_SIDE * (1 - point["accuracy"]), 1),
                    )
                    for point in self.found[who]["bins"]
                ],
                "bins": self.found[who]["bins"],
            }
            for name, who in (("now", "champion"), ("new", "challenger"))
        ]

    @property
    def confusions(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "rows": _shade_matrix(self.found[who]["confusion"])}
            for name, who in (("now", "champion"), ("new", "challenger"))
        ]

    @cached_property
    def won(self) -> list[PredictionDiff]:
        return load_changed_drawings(self.found["changed"]["won"])

    @cached_property
    def lost(self) -> list[PredictionDiff]:
        return load_changed_drawings(self.found["changed"]["lost"])


def published_set_rows(report: JsonObject) -> list[dict[str, Any]]:
    return [
        {
            "title": one["title"],
            "n": one["n"],
            "now": format_percent(one["champion"]["accuracy"]),
            "new": format_percent(one["challenger"]["accuracy"]),
        }
        for one in report.get("published", [])
    ]


def _shade_matrix(matrix: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Rows of cells (count, shade); a row that has nothing is left out, and `n` below 10 says N."""
    rows = []
    for label, row in enumerate(matrix):
        whole = sum(row)
        if not whole:
            continue
        cells = [
            {"count": count, "shade": shade_level(count / whole), "is_right": answer == label}
            for answer, count in enumerate(row)
        ]
        rows.append({"name": format_short_label(label), "cells": cells})
    return rows


def shade_level(share: float) -> int:
    if not share:
        return 0
    return next((depth for least, depth in SHADES if share >= least), 1)


def format_short_label(label: int) -> str:
    return str(label) if label < 10 else "–"


def _format_count(number: int) -> str:
    return f"{number:,} drawing{'' if number == 1 else 's'}"


def _format_points(share: float) -> str:
    return f"{100 * share:+.2f}".replace("-", "−") + " points"


def _format_p_value(value: float) -> str:
    return "under 0.0001" if value < 0.0001 else f"{value:.2g}"

"""Page that compares the metrics of two models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.models import ModelVersion
from recognizer.permission_checked_lookups import find_model_version
from recognizer.registry.parsers.model_card_parser import (
    ConfusionMatrix,
    ModelCard,
    SetMetrics,
    parse_model_card,
)
from recognizer.views.label_and_number_formatting import format_label, format_percent
from recognizer.views.model_display_names import model_title, number_models
from recognizer.views.models.card_sections.architecture_and_dataset_texts import (
    PART_TITLES,
    set_title,
)
from recognizer.views.models.card_sections.card_metric_sections import (
    iter_sets,
    summarize_calibration,
)
from recognizer.views.models.card_sections.layer_diagram import list_steps
from recognizer.views.models.card_sections.training_facts import (
    TRAINING_DATA,
    describe_origin,
    list_training_facts,
)
from recognizer.views.models.chart_data import build_page_state

CRITICAL_Z = 1.96
"""Of a two-sided two-proportion z-test (pooled) at the 95 % level."""
CRITICAL_Z_ELEVEN_TESTS = 2.84
"""The same for eleven classes (Bonferroni)."""


@dataclass(frozen=True)
class Proportion:
    """Correct predictions of n."""

    correct: int
    n: int

    @property
    def fraction(self) -> float:
        return self.correct / self.n


@dataclass(frozen=True)
class AccuracyDifference:
    """`tone` is ok (significantly better), bad (significantly worse) or empty."""

    name: str
    part: str
    n: int
    first: str
    second: str
    points: str
    tone: str


@dataclass(frozen=True)
class DigitComparison:
    """One set by digit; `sentence` names the digits that differ significantly."""

    title: str
    part: str
    sentence: str
    rows: list[AccuracyDifference]


@require_safe
@never_cache
def select_comparison(request: HttpRequest, label: str) -> HttpResponse:
    """Redirect to the comparison with the model in the query parameter `with`."""
    version = find_model_version(label)
    other = request.GET.get("with", "")
    if not other:
        return redirect("model", version.ref)
    return redirect("model_compare", version.ref, find_model_version(other).ref)


@require_safe
@never_cache
def show_comparison(request: HttpRequest, label: str, second: str) -> HttpResponse:
    versions = [find_model_version(label), find_model_version(second)]
    others = list(ModelVersion.objects.exclude(pk__in=[one.pk for one in versions]).defer("card"))
    number_models([*versions, *others])
    cards = [parse_model_card(one) for one in versions]
    context = {
        "first": versions[0],
        "second": versions[1],
        "columns": [
            _build_column(version, card) for version, card in zip(versions, cards, strict=True)
        ],
        "sets": compare_sets(*cards),
        "digits": compare_digits(*cards, name=model_title(versions[1])),
        "state": build_page_state(list(zip(versions, cards, strict=True))),
        "others": others,
    }
    return render(request, "models/compare.html", context)


def compare_sets(first: ModelCard, second: ModelCard) -> list[AccuracyDifference]:
    """Compare both models on their common sets.

    Sets of non-digits are left out if neither model can reject them.
    """
    return [
        _compute_difference(
            set_title(name), _proportion(one), _proportion(other), part=PART_TITLES[part]
        )
        for part, name, one, other in _pair_sets(first, second)
        if one.accuracy or other.accuracy
    ]


def compare_digits(first: ModelCard, second: ModelCard, *, name: str) -> list[DigitComparison]:
    """Compare both models by digit on their common sets; `name` is the second model's."""
    return [
        _compare_rows((PART_TITLES[part], set_title(key)), one.confusion, other.confusion, name)
        for part, key, one, other in _pair_sets(first, second)
        if one.confusion and other.confusion
    ]


def _pair_sets(
    first: ModelCard, second: ModelCard
) -> list[tuple[str, str, SetMetrics, SetMetrics]]:
    """Return (part, name, metrics of each) of the test sets, or else of the validation sets."""
    others = {(part, name): one for part, name, one in iter_sets(second)}
    pairs = [
        (part, name, one, others[part, name])
        for part, name, one in iter_sets(first)
        if (part, name) in others and one.n == others[part, name].n
    ]
    return [pair for pair in pairs if pair[0] == pairs[0][0]]


def _compare_rows(
    titles: tuple[str, str], first: ConfusionMatrix, second: ConfusionMatrix, name: str
) -> DigitComparison:
    rows = [
        _compute_difference(
            format_label(label),
            Proportion(row[label], sum(row)),
            Proportion(other[label], sum(other)),
            critical_z=CRITICAL_Z_ELEVEN_TESTS,
        )
        for label, (row, other) in enumerate(zip(first, second, strict=False))
        if sum(row) and sum(other)
    ]
    better = [row.name for row in rows if row.tone == "ok"]
    worse = [row.name for row in rows if row.tone == "bad"]
    part, title = titles
    return DigitComparison(title, part, _describe_digits(name, better, worse, len(rows)), rows)


def _describe_digits(name: str, better: Sequence[str], worse: Sequence[str], num: int) -> str:
    if not better and not worse:
        return "No significant differences."
    parts = [
        f"{word} on {'every digit' if len(digits) == num else _join_names(digits)}"
        for digits, word in ((better, "better"), (worse, "worse"))
        if digits
    ]
    return f"{name} is significantly {', '.join(parts)}."


def _join_names(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _compute_difference(
    name: str,
    first: Proportion,
    second: Proportion,
    *,
    part: str = "",
    critical_z: float = CRITICAL_Z,
) -> AccuracyDifference:
    difference = second.fraction - first.fraction
    pooled = (first.correct + second.correct) / (first.n + second.n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
    is_significant = error > 0 and abs(difference) > critical_z * error
    return AccuracyDifference(
        name=name,
        part=part,
        n=first.n,
        first=format_percent(first.fraction),
        second=format_percent(second.fraction),
        points=format_points(difference),
        tone=("ok" if difference > 0 else "bad") if is_significant else "",
    )


def format_points(difference: float) -> str:
    """Return a difference of fractions in percentage points, with its sign."""
    text = f"{100 * difference:+.2f}".replace("-", "−")
    return "0.00" if text.strip("+−") == "0.00" else text


def _proportion(one: SetMetrics) -> Proportion:
    return Proportion(round(one.accuracy * one.n), one.n)


def _build_column(version: ModelVersion, card: ModelCard) -> dict[str, Any]:
    return {
        "version": version,
        "origin": describe_origin(version),
        "parameters": card.parameters,
        "num_steps": len(list_steps(card.layers or [])),
        "training_data": dict(list_training_facts(card)).get(TRAINING_DATA, ""),
        "calibration": summarize_calibration(card),
        "throughput": card.throughput,
    }

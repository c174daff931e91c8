"""Two networks beside each other on frozen sets: both answer, the gate judges, and all that a
reader may want to see becomes one JSON report."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation.classification_metrics import compute_proportion, compute_reliability_bins
from ml.evaluation.evaluation_sets import EvaluationSet
from ml.evaluation.misclassifications import select_across_cells
from ml.evaluation.paired_tests import compute_tango_interval
from ml.evaluation.promotion_gate import (
    GateDecision,
    PairedPredictions,
    PairedTestResult,
    SetFinding,
    SetPredictions,
    decide_promotion,
)
from ml.inference.predictor import Predictor
from ml.preprocessing.types import Raster

ComparisonReport = dict[str, Any]

MAX_CHANGES_SHOWN = 60
"""Of each kind and set; all of them are counted."""
COMPARISON_BATCH_SIZE = 1_024
TIMING_BATCH_SIZE, NUM_TIMING_RUNS = 64, 8


@dataclass(frozen=True, slots=True)
class ModelComparison:
    gate_decision: GateDecision
    report: ComparisonReport


def compare_models(
    champion: Predictor,
    challenger: Predictor,
    sets: Sequence[EvaluationSet],
    published: Sequence[EvaluationSet] = (),
) -> ModelComparison:
    """Return the gate's judgement on `sets`, and the report; `published` sets decide nothing."""
    compared = [_predict_with_both(champion, challenger, one) for one in sets]
    gate_decision = decide_promotion(compared)
    beside = [_predict_with_both(champion, challenger, one) for one in published]
    findings = zip(sets, compared, gate_decision.findings, strict=True)
    report = {
        "sets": [_report_set(*found) for found in findings],
        "published": [_report_published_set(one) for one in beside],
        "speed": {
            "champion": _measure_latency(champion),
            "challenger": _measure_latency(challenger),
        },
    }
    return ModelComparison(gate_decision, report)


def predict_set(predictor: Predictor, rasters: Raster) -> SetPredictions:
    """What people would be answered: the verdict's class, and how sure it is."""
    classes = np.empty(len(rasters), dtype=np.int64)
    confidence = np.empty(len(rasters))
    for start in range(0, len(rasters), COMPARISON_BATCH_SIZE):
        part = slice(start, start + COMPARISON_BATCH_SIZE)
        predictions = predictor.predict_rasters(rasters[part])
        classes[part] = [10 if one.digit is None else one.digit for one in predictions]
        confidence[part] = [one.confidence for one in predictions]
    return SetPredictions(classes, confidence)


def _predict_with_both(
    champion: Predictor, challenger: Predictor, one: EvaluationSet
) -> PairedPredictions:
    return PairedPredictions(
        name=one.name,
        title=one.title,
        labels=one.labels,
        champion=predict_set(champion, one.rasters),
        challenger=predict_set(challenger, one.rasters),
        is_stand_in=one.is_stand_in,
    )


def _report_set(
    frozen: EvaluationSet, one: PairedPredictions, found: SetFinding
) -> ComparisonReport:
    return {
        "name": one.name,
        "title": one.title,
        "n": len(one.labels),
        "is_stand_in": one.is_stand_in,
        "is_of_people": bool(frozen.keys),
        "lacks": found.lacks,
        "worse": list(found.worse),
        "is_better": found.is_better,
        "test": _report_test(found.overall),
        "difference": round(found.difference, 6),
        "interval": _format_interval(found.overall),
        "bound": round(found.bound, 6),
        "by_digit": [
            {"digit": value, **_report_test(test), **_count_correct(one, value)}
            for value, test in found.by_class.items()
        ],
        "champion": _report_model(frozen, one.champion, found.ece_champion),
        "challenger": _report_model(frozen, one.challenger, found.ece_challenger),
        "changed": _report_changed_predictions(frozen, one),
    }


def _report_published_set(one: PairedPredictions) -> ComparisonReport:
    shares = {
        who: compute_proportion(int((answered.classes == one.labels).sum()), len(one.labels))
        for who, answered in (("champion", one.champion), ("challenger", one.challenger))
    }
    return {"name": one.name, "title": one.title, "n": len(one.labels), **shares}


def _report_model(frozen: EvaluationSet, answered: SetPredictions, ece: float) -> ComparisonReport:
    labels = frozen.labels
    if not len(labels):
        return {}
    right = answered.classes == labels
    confusion = np.zeros((11, 11), dtype=np.int64)
    np.add.at(confusion, (labels, answered.classes), 1)
    return {
        **compute_proportion(int(right.sum()), len(labels)),
        "right": int(right.sum()),
        "ece": round(ece, 6),
        "bins": compute_reliability_bins(answered.confidence, right),
        "confusion": confusion.tolist(),
        "mistakes": _report_misclassifications(frozen, answered) if frozen.keys else [],
    }


def _report_misclassifications(
    frozen: EvaluationSet, answered: SetPredictions
) -> list[ComparisonReport]:
    """Return people's drawings by their keys alone, the surest first; those of data sets are in the
    card of the network."""
    labels = frozen.labels
    wrong = np.flatnonzero(answered.classes != labels)
    surest = [int(place) for place in wrong[np.argsort(-answered.confidence[wrong], kind="stable")]]
    cells = [(int(labels[place]), int(answered.classes[place])) for place in surest]
    return [
        {
            "key": frozen.keys[surest[one]],
            "label": cells[one][0],
            "answer": cells[one][1],
            "confidence": round(float(answered.confidence[surest[one]]), 4),
        }
        for one in select_across_cells(cells)
    ]


def _report_test(test: PairedTestResult) -> ComparisonReport:
    p, adjusted = float(f"{test.p:.3g}"), float(f"{test.p_adjusted:.3g}")
    return {"n": test.n, "won": test.won, "lost": test.lost, "p": p, "p_adjusted": adjusted}


def _count_correct(one: PairedPredictions, value: int) -> ComparisonReport:
    chosen = one.labels == value
    return {
        "champion": int((one.champion.classes[chosen] == value).sum()),
        "challenger": int((one.challenger.classes[chosen] == value).sum()),
    }


def _format_interval(test: PairedTestResult) -> list[float]:
    return (
        [round(end, 6) for end in compute_tango_interval(test.won, test.lost, test.n)]
        if test.n
        else []
    )


def _report_changed_predictions(frozen: EvaluationSet, one: PairedPredictions) -> ComparisonReport:
    """The drawings that changed side, those first of which the new answer is surest."""
    before, after = (answered.classes == one.labels for answered in (one.champion, one.challenger))
    found = {}
    for name, chosen in (("won", after & ~before), ("lost", before & ~after)):
        places = np.flatnonzero(chosen)
        surest = places[np.argsort(-one.challenger.confidence[places], kind="stable")]
        found[name] = [
            _describe_drawing(frozen, one, int(place)) for place in surest[:MAX_CHANGES_SHOWN]
        ]
    return found


def _describe_drawing(
    frozen: EvaluationSet, one: PairedPredictions, place: int
) -> ComparisonReport:
    """A person's drawing by its key alone, so that nothing of it stays when it is erased; one of a
    data set by its place, with the picture."""
    if frozen.keys:
        what: ComparisonReport = {"key": frozen.keys[place]}
    else:
        packed = zlib.compress(frozen.rasters[place].tobytes(), 9)
        what = {"index": place, "raster": base64.b64encode(packed).decode()}
    return {
        **what,
        "label": int(one.labels[place]),
        "champion": int(one.champion.classes[place]),
        "challenger": int(one.challenger.classes[place]),
        "confidence": round(float(one.challenger.confidence[place]), 4),
    }


def _measure_latency(predictor: Predictor) -> ComparisonReport:
    """Milliseconds for one drawing by itself, and for each of a group; the best of some rounds."""
    group = np.zeros((TIMING_BATCH_SIZE, 28, 28), dtype=np.uint8)
    group[:, 6:22, 13:15] = 255
    alone = min(_time_prediction_ms(predictor, group[:1]) for _ in range(NUM_TIMING_RUNS))
    together = (
        min(_time_prediction_ms(predictor, group) for _ in range(NUM_TIMING_RUNS))
        / TIMING_BATCH_SIZE
    )
    return {"one_ms": round(alone, 4), "of_a_group_ms": round(together, 4)}


def _time_prediction_ms(predictor: Predictor, rasters: Raster) -> float:
    started = time.perf_counter()
    predictor.predict_rasters(rasters)
    return 1000 * (time.perf_counter() - started)

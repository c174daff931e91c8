"""Evaluation of a challenger against the champion on fixed sets."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.evaluation.accuracy_ece_auroc import compute_proportion, compute_reliability_bins
from ml.evaluation.evaluation_report_json import (
    REPORT_VERSION,
    ChangedDrawingJson,
    ChangedDrawingsJson,
    DigitResultJson,
    EvaluationReportJson,
    LatencyJson,
    ModelResultJson,
    PairedTestJson,
    PublishedSetJson,
    SetReportJson,
    UserMisclassificationJson,
)
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
from ml.preprocessing.array_types import Raster

MAX_CHANGES_SHOWN = 60
"""Of each kind and set. All of them are counted."""
COMPARISON_BATCH_SIZE = 1_024
TIMING_BATCH_SIZE, NUM_TIMING_RUNS = 64, 8


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """The decision of the promotion gate and the report behind it."""

    gate_decision: GateDecision
    report: EvaluationReportJson


def compare_models(
    champion: Predictor,
    challenger: Predictor,
    sets: Sequence[EvaluationSet],
    published: Sequence[EvaluationSet] = (),
) -> ModelComparison:
    """Evaluate both models. The gate decides on `sets`; `published` sets are only reported."""
    compared = [_predict_with_both(champion, challenger, one) for one in sets]
    gate_decision = decide_promotion(compared)
    results = zip(sets, compared, gate_decision.findings, strict=True)
    report: EvaluationReportJson = {
        "version": REPORT_VERSION,
        "sets": [_report_set(*result) for result in results],
        "published": [
            _report_published_set(_predict_with_both(champion, challenger, one))
            for one in published
        ],
        "latency": {
            "champion": _measure_latency(champion),
            "challenger": _measure_latency(challenger),
        },
    }
    return ModelComparison(gate_decision, report)


def predict_set(predictor: Predictor, rasters: Raster) -> SetPredictions:
    """Return the predicted class and the confidence of each raster."""
    classes = np.empty(len(rasters), dtype=np.int64)
    confidence = np.empty(len(rasters))
    for start in range(0, len(rasters), COMPARISON_BATCH_SIZE):
        batch = slice(start, start + COMPARISON_BATCH_SIZE)
        predictions = predictor.predict_rasters(rasters[batch])
        classes[batch] = [10 if one.digit is None else one.digit for one in predictions]
        confidence[batch] = [one.confidence for one in predictions]
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
        is_synthetic=one.is_synthetic,
    )


def _report_set(
    evaluation_set: EvaluationSet, pair: PairedPredictions, finding: SetFinding
) -> SetReportJson:
    test = finding.overall
    interval = compute_tango_interval(test.won, test.lost, test.n) if test.n else None
    return {
        "name": pair.name,
        "title": pair.title,
        "n": len(pair.labels),
        "is_synthetic": pair.is_synthetic,
        "is_from_users": bool(evaluation_set.keys),
        "shortage": finding.shortage,
        "regressions": list(finding.regressions),
        "is_better": finding.is_better,
        "test": _report_test(test),
        "difference": round(finding.difference, 6),
        "interval": [round(end, 6) for end in interval] if interval else None,
        "bound": round(finding.bound, 6),
        "by_digit": [
            _report_digit(pair, digit, digit_test) for digit, digit_test in finding.by_class.items()
        ],
        "champion": _report_model(evaluation_set, pair.champion, finding.ece_champion),
        "challenger": _report_model(evaluation_set, pair.challenger, finding.ece_challenger),
        "changed": _report_changed_predictions(evaluation_set, pair),
    }


def _report_published_set(pair: PairedPredictions) -> PublishedSetJson:
    n = len(pair.labels)
    return {
        "name": pair.name,
        "title": pair.title,
        "n": n,
        "champion": compute_proportion(int((pair.champion.classes == pair.labels).sum()), n),
        "challenger": compute_proportion(int((pair.challenger.classes == pair.labels).sum()), n),
    }


def _report_model(
    evaluation_set: EvaluationSet, predicted: SetPredictions, ece: float
) -> ModelResultJson | None:
    labels = evaluation_set.labels
    if not len(labels):
        return None
    is_correct = predicted.classes == labels
    confusion = np.zeros((11, 11), dtype=np.int64)
    np.add.at(confusion, (labels, predicted.classes), 1)
    return {
        **compute_proportion(int(is_correct.sum()), len(labels)),
        "correct": int(is_correct.sum()),
        "ece": round(ece, 6),
        "bins": compute_reliability_bins(predicted.confidence, is_correct),
        "confusion": confusion.tolist(),
        "misclassifications": _report_misclassifications(evaluation_set, predicted),
    }


def _report_misclassifications(
    evaluation_set: EvaluationSet, predicted: SetPredictions
) -> list[UserMisclassificationJson]:
    """Return users' drawings by decreasing confidence; those of data sets are in the model card."""
    if not evaluation_set.keys:
        return []
    wrong = np.flatnonzero(predicted.classes != evaluation_set.labels)
    ranked = wrong[np.argsort(-predicted.confidence[wrong], kind="stable")].tolist()
    cells = [(int(evaluation_set.labels[i]), int(predicted.classes[i])) for i in ranked]
    return [
        {
            "key": evaluation_set.keys[ranked[place]],
            "label": cells[place][0],
            "prediction": cells[place][1],
            "confidence": round(float(predicted.confidence[ranked[place]]), 4),
        }
        for place in select_across_cells(cells)
    ]


def _report_test(test: PairedTestResult) -> PairedTestJson:
    p, adjusted = float(f"{test.p:.3g}"), float(f"{test.p_adjusted:.3g}")
    return {"n": test.n, "won": test.won, "lost": test.lost, "p": p, "p_adjusted": adjusted}


def _report_digit(pair: PairedPredictions, digit: int, test: PairedTestResult) -> DigitResultJson:
    of_digit = pair.labels == digit
    return {
        **_report_test(test),
        "digit": digit,
        "champion": int((pair.champion.classes[of_digit] == digit).sum()),
        "challenger": int((pair.challenger.classes[of_digit] == digit).sum()),
    }


def _report_changed_predictions(
    evaluation_set: EvaluationSet, pair: PairedPredictions
) -> ChangedDrawingsJson:
    """Return the changed drawings by decreasing confidence of the challenger."""
    before, after = (one.classes == pair.labels for one in (pair.champion, pair.challenger))

    def report(is_chosen: np.ndarray) -> list[ChangedDrawingJson]:
        chosen = np.flatnonzero(is_chosen)
        ranked = chosen[np.argsort(-pair.challenger.confidence[chosen], kind="stable")]
        return [
            _report_changed_drawing(evaluation_set, pair, int(index))
            for index in ranked[:MAX_CHANGES_SHOWN]
        ]

    return {"won": report(after & ~before), "lost": report(before & ~after)}


def _report_changed_drawing(
    evaluation_set: EvaluationSet, pair: PairedPredictions, index: int
) -> ChangedDrawingJson:
    """Return a user's drawing by its key alone, so that nothing of it remains when it is erased."""
    drawing: ChangedDrawingJson = {
        "label": int(pair.labels[index]),
        "champion": int(pair.champion.classes[index]),
        "challenger": int(pair.challenger.classes[index]),
        "confidence": round(float(pair.challenger.confidence[index]), 4),
    }
    if evaluation_set.keys:
        return {**drawing, "key": evaluation_set.keys[index]}
    packed = zlib.compress(evaluation_set.rasters[index].tobytes(), 9)
    return {**drawing, "index": index, "raster": base64.b64encode(packed).decode()}


def _measure_latency(predictor: Predictor) -> LatencyJson:
    """Return the milliseconds per drawing, alone and in a batch; the best of several runs."""
    batch = np.zeros((TIMING_BATCH_SIZE, 28, 28), dtype=np.uint8)
    batch[:, 6:22, 13:15] = 255
    single = min(_time_prediction_ms(predictor, batch[:1]) for _ in range(NUM_TIMING_RUNS))
    whole = min(_time_prediction_ms(predictor, batch) for _ in range(NUM_TIMING_RUNS))
    return {"single_ms": round(single, 4), "batched_ms": round(whole / TIMING_BATCH_SIZE, 4)}


def _time_prediction_ms(predictor: Predictor, rasters: Raster) -> float:
    started = time.perf_counter()
    predictor.predict_rasters(rasters)
    return 1000 * (time.perf_counter() - started)

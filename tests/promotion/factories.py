"""Predictions of two models on one set, with a given number of right and wrong ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.evaluation.promotion_gate import PairedPredictions, SetPredictions


def make_predictions(
    n: int = 400,
    *,
    won: int = 0,
    lost: int = 0,
    both_wrong: int = 0,
    digit: int | None = None,
    **fields: Any,
) -> PairedPredictions:
    """Return predictions on `n` drawings with the ten digits in turn. The challenger wins `won`
    drawings and loses `lost`, all of `digit` if given. Both models are wrong on `both_wrong`."""
    labels = np.arange(n, dtype=np.int64) % 10
    order = np.flatnonzero(labels == digit) if digit is not None else np.arange(n)
    changed = order[:: max(1, len(order) // max(won + lost, 1))][: won + lost]
    wrong = np.setdiff1d(np.arange(n), changed)[:both_wrong]
    champion, challenger = labels.copy(), labels.copy()
    champion[changed[:won]] += 1
    challenger[changed[won:]] += 1
    champion[wrong] += 1
    challenger[wrong] += 1
    given: dict[str, Any] = {"name": "people", "title": "people's drawings", **fields}
    return PairedPredictions(
        labels=labels,
        champion=_make_probabilities(champion % 10, labels),
        challenger=_make_probabilities(challenger % 10, labels),
        **given,
    )


def with_confidence(one: PairedPredictions, confidence: float) -> PairedPredictions:
    """Return the same predictions, with this confidence of the challenger."""
    predictions = SetPredictions(one.challenger.classes, np.full(len(one.labels), confidence))
    return PairedPredictions(
        one.name, one.title, one.labels, one.champion, predictions, one.is_synthetic
    )


def concat_predictions(one: PairedPredictions, other: PairedPredictions) -> PairedPredictions:
    """Join two sets under the name of the first one."""
    return PairedPredictions(
        one.name,
        one.title,
        np.concatenate([one.labels, other.labels]),
        _concat(one.champion, other.champion),
        _concat(one.challenger, other.challenger),
    )


def _concat(one: SetPredictions, other: SetPredictions) -> SetPredictions:
    return SetPredictions(
        np.concatenate([one.classes, other.classes]),
        np.concatenate([one.confidence, other.confidence]),
    )


def _make_probabilities(classes: Any, labels: Any) -> SetPredictions:
    """Return calibrated confidences: 1 for right and 0.1 for wrong predictions."""
    return SetPredictions(classes, np.where(classes == labels, 1.0, 0.1))

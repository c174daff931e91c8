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

from ml.evaluation import describe_bins, describe_share
from ml.frozen import FrozenSet
from ml.gate import Answered, Compared, Finding, Judgement, Tested, judge
from ml.mistakes import choose_spread
from ml.paired import bound_both
from ml.predictor import Predictor
from ml.raster import Raster

Report = dict[str, Any]

CHANGES_SHOWN = 60
"""Of each kind and set; all of them are counted."""
AT_ONCE = 1_024
TIMED_DRAWINGS, TIMED_ROUNDS = 64, 8


@dataclass(frozen=True, slots=True)
class Comparison:
    judgement: Judgement
    report: Report


def compare_networks(
    champion: Predictor,
    challenger: Predictor,
    sets: Sequence[FrozenSet],
    published: Sequence[FrozenSet] = (),
) -> Comparison:
    """Return the gate's judgement on `sets`, and the report; `published` sets decide nothing."""
    compared = [_compare(champion, challenger, one) for one in sets]
    judgement = judge(compared)
    beside = [_compare(champion, challenger, one) for one in published]
    findings = zip(sets, compared, judgement.findings, strict=True)
    report = {
        "sets": [_report_set(*found) for found in findings],
        "published": [_report_published(one) for one in beside],
        "speed": {"champion": _time(champion), "challenger": _time(challenger)},
    }
    return Comparison(judgement, report)


def answer_set(predictor: Predictor, rasters: Raster) -> Answered:
    """What people would be answered: the verdict's class, and how sure it is."""
    classes = np.empty(len(rasters), dtype=np.int64)
    confidence = np.empty(len(rasters))
    for start in range(0, len(rasters), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        predictions = predictor.predict_rasters(rasters[part])
        classes[part] = [10 if one.digit is None else one.digit for one in predictions]
        confidence[part] = [one.confidence for one in predictions]
    return Answered(classes, confidence)


def _compare(champion: Predictor, challenger: Predictor, one: FrozenSet) -> Compared:
    return Compared(
        name=one.name,
        title=one.title,
        labels=one.labels,
        champion=answer_set(champion, one.rasters),
        challenger=answer_set(challenger, one.rasters),
        is_stand_in=one.is_stand_in,
    )


def _report_set(frozen: FrozenSet, one: Compared, found: Finding) -> Report:
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
        "interval": _interval(found.overall),
        "bound": round(found.bound, 6),
        "by_digit": [
            {"digit": value, **_report_test(test), **_count_right(one, value)}
            for value, test in found.by_class.items()
        ],
        "champion": _report_model(frozen, one.champion, found.ece_champion),
        "challenger": _report_model(frozen, one.challenger, found.ece_challenger),
        "changed": _report_changed(frozen, one),
    }


def _report_published(one: Compared) -> Report:
    shares = {
        who: describe_share(int((answered.classes == one.labels).sum()), len(one.labels))
        for who, answered in (("champion", one.champion), ("challenger", one.challenger))
    }
    return {"name": one.name, "title": one.title, "n": len(one.labels), **shares}


def _report_model(frozen: FrozenSet, answered: Answered, ece: float) -> Report:
    labels = frozen.labels
    if not len(labels):
        return {}
    right = answered.classes == labels
    confusion = np.zeros((11, 11), dtype=np.int64)
    np.add.at(confusion, (labels, answered.classes), 1)
    return {
        **describe_share(int(right.sum()), len(labels)),
        "right": int(right.sum()),
        "ece": round(ece, 6),
        "bins": describe_bins(answered.confidence, right),
        "confusion": confusion.tolist(),
        "mistakes": _report_mistakes(frozen, answered) if frozen.keys else [],
    }


def _report_mistakes(frozen: FrozenSet, answered: Answered) -> list[Report]:
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
        for one in choose_spread(cells)
    ]


def _report_test(test: Tested) -> Report:
    p, adjusted = float(f"{test.p:.3g}"), float(f"{test.p_adjusted:.3g}")
    return {"n": test.n, "won": test.won, "lost": test.lost, "p": p, "p_adjusted": adjusted}


def _count_right(one: Compared, value: int) -> Report:
    chosen = one.labels == value
    return {
        "champion": int((one.champion.classes[chosen] == value).sum()),
        "challenger": int((one.challenger.classes[chosen] == value).sum()),
    }


def _interval(test: Tested) -> list[float]:
    return [round(end, 6) for end in bound_both(test.won, test.lost, test.n)] if test.n else []


def _report_changed(frozen: FrozenSet, one: Compared) -> Report:
    """The drawings that changed side, those first of which the new answer is surest."""
    before, after = (answered.classes == one.labels for answered in (one.champion, one.challenger))
    found = {}
    for name, chosen in (("won", after & ~before), ("lost", before & ~after)):
        places = np.flatnonzero(chosen)
        surest = places[np.argsort(-one.challenger.confidence[places], kind="stable")]
        found[name] = [_describe(frozen, one, int(place)) for place in surest[:CHANGES_SHOWN]]
    return found


def _describe(frozen: FrozenSet, one: Compared, place: int) -> Report:
    """A person's drawing by its key alone, so that nothing of it stays when it is erased; one of a
    data set by its place, with the picture."""
    if frozen.keys:
        what: Report = {"key": frozen.keys[place]}
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


def _time(predictor: Predictor) -> Report:
    """Milliseconds for one drawing by itself, and for each of a group; the best of some rounds."""
    group = np.zeros((TIMED_DRAWINGS, 28, 28), dtype=np.uint8)
    group[:, 6:22, 13:15] = 255
    alone = min(_clock(predictor, group[:1]) for _ in range(TIMED_ROUNDS))
    together = min(_clock(predictor, group) for _ in range(TIMED_ROUNDS)) / TIMED_DRAWINGS
    return {"one_ms": round(alone, 4), "of_a_group_ms": round(together, 4)}


def _clock(predictor: Predictor, rasters: Raster) -> float:
    started = time.perf_counter()
    predictor.predict_rasters(rasters)
    return 1000 * (time.perf_counter() - started)

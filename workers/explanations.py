"""Explanations as the page takes them: one JSON object a part. Pictures travel as base64 of bytes,
numbers of any sign as bytes with a scale. Imports torch: only the task itself imports this.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from django.conf import settings
from torch import nn

from ml.checkpoint import load_network
from ml.embedding import Embedder
from ml.explanation.attribution import attribute
from ml.explanation.changing import change_answer
from ml.explanation.ends import read_head, read_windows
from ml.explanation.layers import MAPS, trace_layers
from ml.explanation.neighbours import Index, Neighbour, find_base, open_index
from ml.explanation.placing import PLACES, SIZES, place_everywhere
from ml.explanation.practising import Ink, practise
from ml.predictor import Prediction, Predictor, load_predictor
from ml.raster import SIZE, Raster, rasterize
from recognizer import contract, registry
from recognizer.explaining import Lesson
from recognizer.models import ModelVersion
from workers.indexing import Waiting, build_for

JSON = contract.JSON
SayProgress = Callable[[int, int], None]
Keep = Callable[[JSON], None]

SEEDS = 4
NEIGHBOURS = 10
STEPS = 5
OWN = "own"


def explain_reading(
    serving: ModelVersion, strokes: Ink | None, raster: Raster, say_progress: SayProgress
) -> JSON:
    """All that the network does with a raster. Raises CannotFetch, CannotLoadRelease and
    CannotRasterize."""
    folder = _fetch(serving)
    predictor, network = load_predictor(folder, "cpu"), load_network(folder)
    say_progress(1, STEPS)
    found: JSON = {
        "model": serving.ref,
        "raster": _pack_bytes(raster),
        **_answer(predictor.predict_rasters(raster[None])[0]),
        **_open(network, raster, float(predictor.card["temperature"])),
    }
    say_progress(2, STEPS)
    found["attribution"] = _decide(network, predictor, raster)
    say_progress(3, STEPS)
    found["places"] = _place(predictor, strokes, raster)
    say_progress(4, STEPS)
    found["practice"] = _practise(serving.architecture, predictor, strokes, raster)
    return found


def explain_nearest(
    serving: ModelVersion,
    raster: Raster,
    own: Sequence[Lesson],
    *,
    say_progress: SayProgress,
    keep: Keep,
) -> None:
    """Keep the nearest training drawings, the reader's own among them, or `missing` where none are
    here; as soon as there is an index of them. Raises CannotFetch and CannotLoadRelease."""
    embedder = Embedder(_fetch(serving))
    folder = Path(settings.HOME) / "neighbours" / serving.sha256

    def finish(index: Index | None, error: Exception | None) -> None:
        if error is not None:
            keep({"problem": "The drawings it learnt from could not be looked through."})
        elif index is None:
            keep({"model": serving.ref, "missing": True})
        else:
            keep({"model": serving.ref, **_find_nearest(embedder, index, raster, own)})

    index = open_index(folder)
    if index is not None:
        return finish(index, None)
    waiting = Waiting(say_progress, finish)
    build_for(folder, embedder=embedder, base=find_base(serving.card), waiting=waiting)


def _find_nearest(embedder: Embedder, index: Index, raster: Raster, own: Sequence[Lesson]) -> JSON:
    features = embedder.embed(raster[None]).features[0]
    nearest = [*index.find_nearest(features, NEIGHBOURS), *_compare(embedder, features, own)]
    nearest.sort(key=lambda one: one.likeness, reverse=True)
    return {
        "looked_at": len(index),
        "sets": list(index.names),
        "drawings": [
            {
                "label": contract.label_json(one.label),
                "set": one.source,
                "likeness": round(one.likeness, 4),
                "raster": _pack_bytes(one.raster),
            }
            for one in nearest[:NEIGHBOURS]
        ],
    }


def _compare(
    embedder: Embedder, features: npt.NDArray[np.float16], own: Sequence[Lesson]
) -> list[Neighbour]:
    """How like each of the reader's own drawings is that the network learnt from."""
    if not own:
        return []
    rasters = np.stack([_see(lesson) for lesson in own])
    likeness = embedder.embed(rasters).features.astype(np.float32) @ features.astype(np.float32)
    return [
        Neighbour(lesson.label, OWN, float(like), raster)
        for lesson, like, raster in zip(own, likeness, rasters, strict=True)
    ]


def _see(lesson: Lesson) -> Raster:
    if lesson.raster is not None:
        return np.frombuffer(lesson.raster, np.uint8).reshape(SIZE, SIZE)
    return rasterize(orjson.loads(lesson.ink))


def _fetch(serving: ModelVersion) -> Path:
    return registry.fetch_model(serving, Path(settings.HOME) / "models")


def _open(network: nn.Module, raster: Raster, temperature: float) -> JSON:
    head, windows = read_head(network, raster), read_windows(network)
    layers = trace_layers(network, raster)
    first = layers[0].channels
    return {
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": list(layer.shape),
                "step": layer.step,
                "channels": list(layer.channels),
                "maps": _pack_signed(layer.maps),
            }
            for layer in layers
        ],
        "windows": None if windows is None else _round(windows[list(first)[:MAPS]]),
        "head": {
            "weights": _round(head.weights),
            "bias": _round(head.bias),
            "features": _round(head.features),
            "dropped": head.dropped,
            "temperature": temperature,
        },
    }


def _decide(network: nn.Module, predictor: Predictor, raster: Raster) -> JSON:
    """The two most probable classes, what spoke for each, and what would make the second win."""
    shares = predictor.compute_probabilities(raster[None])[0]
    best, second = (int(place) for place in np.argsort(-shares, kind="stable")[:2])
    lead = attribute(network, raster, output=best, against=second)
    alone = attribute(network, raster, output=best)
    change = change_answer(predictor, raster, wanted=second)
    return {
        "best": contract.label_json(best),
        "second": contract.label_json(second),
        "alone": {**_pack_signed(alone.values), "total": round(alone.total, 3)},
        "lead": {**_pack_signed(lead.values), "total": round(lead.total, 3)},
        "change": {
            "raster": _pack_bytes(change.raster),
            "touches": change.touches,
            "reached": change.reached,
        },
    }


def _place(predictor: Predictor, strokes: Ink | None, raster: Raster) -> JSON:
    rasters = place_everywhere(strokes, raster).reshape(-1, SIZE, SIZE)
    answers = predictor.predict_rasters(rasters)
    return {
        "sizes": list(SIZES),
        "across": PLACES,
        "rasters": _pack_bytes(rasters),
        "predictions": [_short(answer) for answer in answers],
    }


def _practise(architecture: str, predictor: Predictor, strokes: Ink | None, raster: Raster) -> JSON:
    made = practise(architecture, strokes, raster, seeds=SEEDS)
    rasters = made.rasters.reshape(-1, SIZE, SIZE)
    return {
        "is_own": made.is_own,
        "seeds": SEEDS,
        "rasters": _pack_bytes(rasters),
        "predictions": [_short(answer) for answer in predictor.predict_rasters(rasters)],
    }


def _answer(answer: Prediction) -> JSON:
    return {
        **_short(answer),
        "probabilities": [round(share, 4) for share in answer.probabilities],
    }


def _short(answer: Prediction) -> JSON:
    sure = round(answer.confidence, 4)
    return {"digit": answer.digit, "decision": answer.decision, "confidence": sure}


def _pack_bytes(raster: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(raster).tobytes()).decode()


def _pack_signed(numbers: npt.NDArray[np.float32]) -> JSON:
    """128 stands for 0, 1 and 255 for the largest number of either sign, which `scale` is."""
    scale = float(np.abs(numbers).max()) or 1.0
    steps = np.rint(128 + 127 * numbers / scale).astype(np.uint8)
    return {"size": list(numbers.shape), "scale": round(scale, 6), "data": _pack_bytes(steps)}


def _round(numbers: npt.NDArray[np.float32]) -> list[Any]:
    rounded: list[Any] = np.round(numbers.astype(float), 4).tolist()
    return rounded

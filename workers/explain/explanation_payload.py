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

from ml.artifacts.release_files import load_model
from ml.explain.augmentation_preview import StrokeList, preview_augmentations
from ml.explain.counterfactual import find_counterfactual
from ml.explain.feature_maps import MAX_MAPS, compute_feature_maps
from ml.explain.integrated_gradients import compute_integrated_gradients
from ml.explain.layer_weights import extract_first_kernels, extract_output_layer
from ml.explain.nearest_neighbours import (
    Neighbour,
    NeighbourIndex,
    list_training_datasets,
    open_neighbour_index,
)
from ml.explain.position_sensitivity import NUM_POSITIONS, RELATIVE_SIZES, render_at_positions
from ml.inference.embedder import Embedder
from ml.inference.predictor import Prediction, Predictor, load_predictor
from ml.preprocessing.rasterize import IMAGE_SIZE, Raster, rasterize
from recognizer import protocol
from recognizer.explanations import UserTrainingExample
from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import fetch_model
from workers.explain.neighbour_index import IndexListener, request_index

JSON = protocol.JSON
ReportProgress = Callable[[int, int], None]
SaveResult = Callable[[JSON], None]

NUM_AUGMENTATION_SEEDS = 4
NUM_NEIGHBOURS = 10
NUM_PROGRESS_STEPS = 5
OWN_DRAWINGS_SET = "own"


def explain_prediction(
    serving: ModelVersion, strokes: StrokeList | None, raster: Raster, say_progress: ReportProgress
) -> JSON:
    """All that the network does with a raster. Raises CannotFetch, CannotLoadRelease and
    CannotRasterize."""
    folder = _fetch_model_dir(serving)
    predictor, network = load_predictor(folder, "cpu"), load_model(folder)
    say_progress(1, NUM_PROGRESS_STEPS)
    found: JSON = {
        "model": serving.ref,
        "raster": _pack_bytes(raster),
        **_prediction_json(predictor.predict_rasters(raster[None])[0]),
        **_describe_layers(network, raster, float(predictor.card["temperature"])),
    }
    say_progress(2, NUM_PROGRESS_STEPS)
    found["attribution"] = _describe_decision(network, predictor, raster)
    say_progress(3, NUM_PROGRESS_STEPS)
    found["positions"] = _describe_positions(predictor, strokes, raster)
    say_progress(4, NUM_PROGRESS_STEPS)
    found["augmentation"] = _describe_augmentations(
        serving.architecture, predictor, strokes, raster
    )
    return found


def explain_neighbours(
    serving: ModelVersion,
    raster: Raster,
    own: Sequence[UserTrainingExample],
    *,
    say_progress: ReportProgress,
    keep: SaveResult,
) -> None:
    """Keep the nearest training drawings, the reader's own among them, or `missing` where none are
    here; as soon as there is an index of them. Raises CannotFetch and CannotLoadRelease."""
    embedder = Embedder(_fetch_model_dir(serving))
    folder = Path(settings.STATE_DIR) / "neighbours" / serving.sha256

    def finish(index: NeighbourIndex | None, error: Exception | None) -> None:
        if error is not None:
            keep({"problem": "The drawings it learnt from could not be looked through."})
        elif index is None:
            keep({"model": serving.ref, "missing": True})
        else:
            keep({"model": serving.ref, **_find_nearest(embedder, index, raster, own)})

    index = open_neighbour_index(folder)
    if index is not None:
        return finish(index, None)
    waiting = IndexListener(say_progress, finish)
    request_index(
        folder, embedder=embedder, base=list_training_datasets(serving.card), waiting=waiting
    )


def _find_nearest(
    embedder: Embedder, index: NeighbourIndex, raster: Raster, own: Sequence[UserTrainingExample]
) -> JSON:
    features = embedder.embed(raster[None]).features[0]
    nearest = [
        *index.find_nearest(features, NUM_NEIGHBOURS),
        *_compare_with_user_drawings(embedder, features, own),
    ]
    nearest.sort(key=lambda one: one.similarity, reverse=True)
    return {
        "num_indexed": len(index),
        "sets": list(index.names),
        "drawings": [
            {
                "label": protocol.label_json(one.label),
                "set": one.source,
                "similarity": round(one.similarity, 4),
                "raster": _pack_bytes(one.raster),
            }
            for one in nearest[:NUM_NEIGHBOURS]
        ],
    }


def _compare_with_user_drawings(
    embedder: Embedder, features: npt.NDArray[np.float16], own: Sequence[UserTrainingExample]
) -> list[Neighbour]:
    """How like each of the reader's own drawings is that the network learnt from."""
    if not own:
        return []
    rasters = np.stack([_load_raster(lesson) for lesson in own])
    similarity = embedder.embed(rasters).features.astype(np.float32) @ features.astype(np.float32)
    return [
        Neighbour(lesson.label, OWN_DRAWINGS_SET, float(like), raster)
        for lesson, like, raster in zip(own, similarity, rasters, strict=True)
    ]


def _load_raster(lesson: UserTrainingExample) -> Raster:
    if lesson.raster is not None:
        return np.frombuffer(lesson.raster, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    return rasterize(orjson.loads(lesson.ink))


def _fetch_model_dir(serving: ModelVersion) -> Path:
    return fetch_model(serving, Path(settings.STATE_DIR) / "models")


def _describe_layers(network: nn.Module, raster: Raster, temperature: float) -> JSON:
    head, windows = extract_output_layer(network, raster), extract_first_kernels(network)
    layers = compute_feature_maps(network, raster)
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
        "filters": None if windows is None else _round_to_list(windows[list(first)[:MAX_MAPS]]),
        "head": {
            "weights": _round_to_list(head.weights),
            "bias": _round_to_list(head.bias),
            "features": _round_to_list(head.features),
            "dropout": head.dropped,
            "temperature": temperature,
        },
    }


def _describe_decision(network: nn.Module, predictor: Predictor, raster: Raster) -> JSON:
    """The two most probable classes, what spoke for each, and what would make the second win."""
    shares = predictor.compute_probabilities(raster[None])[0]
    best, second = (int(place) for place in np.argsort(-shares, kind="stable")[:2])
    lead = compute_integrated_gradients(network, raster, output=best, against=second)
    alone = compute_integrated_gradients(network, raster, output=best)
    change = find_counterfactual(predictor, raster, wanted=second)
    return {
        "best": protocol.label_json(best),
        "second": protocol.label_json(second),
        "alone": {**_pack_signed(alone.values), "total": round(alone.total, 3)},
        "lead": {**_pack_signed(lead.values), "total": round(lead.total, 3)},
        "counterfactual": {
            "raster": _pack_bytes(change.raster),
            "touches": change.touches,
            "reached": change.reached,
        },
    }


def _describe_positions(predictor: Predictor, strokes: StrokeList | None, raster: Raster) -> JSON:
    rasters = render_at_positions(strokes, raster).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    answers = predictor.predict_rasters(rasters)
    return {
        "sizes": list(RELATIVE_SIZES),
        "across": NUM_POSITIONS,
        "rasters": _pack_bytes(rasters),
        "predictions": [_short_prediction_json(answer) for answer in answers],
    }


def _describe_augmentations(
    architecture: str, predictor: Predictor, strokes: StrokeList | None, raster: Raster
) -> JSON:
    made = preview_augmentations(architecture, strokes, raster, seeds=NUM_AUGMENTATION_SEEDS)
    rasters = made.rasters.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return {
        "is_own": made.is_own,
        "seeds": NUM_AUGMENTATION_SEEDS,
        "rasters": _pack_bytes(rasters),
        "predictions": [
            _short_prediction_json(answer) for answer in predictor.predict_rasters(rasters)
        ],
    }


def _prediction_json(answer: Prediction) -> JSON:
    return {
        **_short_prediction_json(answer),
        "probabilities": [round(share, 4) for share in answer.probabilities],
    }


def _short_prediction_json(answer: Prediction) -> JSON:
    sure = round(answer.confidence, 4)
    return {"digit": answer.digit, "decision": answer.decision, "confidence": sure}


def _pack_bytes(raster: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(raster).tobytes()).decode()


def _pack_signed(numbers: npt.NDArray[np.float32]) -> JSON:
    """128 stands for 0, 1 and 255 for the largest number of either sign, which `scale` is."""
    scale = float(np.abs(numbers).max()) or 1.0
    steps = np.rint(128 + 127 * numbers / scale).astype(np.uint8)
    return {"size": list(numbers.shape), "scale": round(scale, 6), "data": _pack_bytes(steps)}


def _round_to_list(numbers: npt.NDArray[np.float32]) -> list[Any]:
    rounded: list[Any] = np.round(numbers.astype(float), 4).tolist()
    return rounded

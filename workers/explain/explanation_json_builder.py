"""The JSON of an explanation: one object for each part.

Images are base64 of bytes, signed numbers are bytes with a scale. This module imports torch, so
only the task itself imports it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from django.conf import settings
from torch import nn

from ml.artifacts.release_storage import load_model
from ml.explain.augmentation_preview import preview_augmentations
from ml.explain.counterfactual import find_counterfactual
from ml.explain.feature_maps import MAX_MAPS, compute_feature_maps
from ml.explain.first_kernels_and_output_layer import extract_first_kernels, extract_output_layer
from ml.explain.integrated_gradients import compute_integrated_gradients
from ml.explain.nearest_neighbours import (
    Neighbour,
    NeighbourIndex,
    list_training_datasets,
    open_neighbour_index,
)
from ml.explain.render_sizes_and_positions import NUM_POSITIONS, RELATIVE_SIZES, render_at_positions
from ml.inference.embedder import Embedder
from ml.inference.predictor import Prediction, Predictor, load_predictor
from ml.preprocessing.array_types import Raster, Strokes
from ml.preprocessing.rasterize import IMAGE_SIZE
from recognizer import protocol
from recognizer.explanations.user_drawings_in_training_data import UserTrainingExample
from recognizer.models import ModelVersion
from workers.explain import ReportProgress, SaveResult
from workers.explain.neighbour_index_build import IndexListener, request_index
from workers.fetch_model_files import fetch_model_dir
from workers.raster_unpacking import load_raster

JSON = dict[str, Any]

NUM_AUGMENTATION_SEEDS = 4
NUM_NEIGHBOURS = 10
NUM_PROGRESS_STEPS = 5
OWN_DRAWINGS_SET = "own"


def explain_prediction(
    champion: ModelVersion,
    strokes: Strokes | None,
    raster: Raster,
    report_progress: ReportProgress,
) -> JSON:
    """Explain the prediction for a raster: layers, attribution, positions, augmentation.

    Raises CannotFetch, CannotLoadRelease and CannotRasterize.
    """
    folder = fetch_model_dir(champion)
    predictor, model = load_predictor(folder, "cpu"), load_model(folder)
    report_progress(1, NUM_PROGRESS_STEPS)
    explanation: JSON = {
        "model": champion.ref,
        "raster": _pack_bytes(raster),
        **_prediction_json(predictor.predict_rasters(raster[None])[0]),
        **_describe_layers(model, raster, float(predictor.card["temperature"])),
    }
    report_progress(2, NUM_PROGRESS_STEPS)
    explanation["attribution"] = _explain_decision(model, predictor, raster)
    report_progress(3, NUM_PROGRESS_STEPS)
    explanation["positions"] = _describe_positions(predictor, strokes, raster)
    report_progress(4, NUM_PROGRESS_STEPS)
    explanation["augmentation"] = _describe_augmentations(
        champion.architecture, predictor, strokes, raster
    )
    return explanation


def explain_neighbours(
    champion: ModelVersion,
    raster: Raster,
    examples: Sequence[UserTrainingExample],
    *,
    report_progress: ReportProgress,
    save_result: SaveResult,
) -> None:
    """Save the nearest training drawings as soon as there is an index of them.

    `examples` are training drawings of the user. Saves `missing` if the training data is not on
    this machine. Raises CannotFetch and CannotLoadRelease.
    """
    embedder = Embedder(fetch_model_dir(champion))
    folder = Path(settings.STATE_DIR) / "neighbours" / champion.sha256

    def save_neighbours(index: NeighbourIndex | None, error: Exception | None) -> None:
        if error is not None:
            save_result({"problem": "The training drawings could not be searched."})
        elif index is None:
            save_result({"model": champion.ref, "missing": True})
        else:
            save_result({"model": champion.ref, **_find_nearest(embedder, index, raster, examples)})

    index = open_neighbour_index(folder)
    if index is not None:
        return save_neighbours(index, None)
    request_index(
        folder,
        embedder=embedder,
        datasets=list_training_datasets(champion.card),
        listener=IndexListener(report_progress, save_neighbours),
    )


def _find_nearest(
    embedder: Embedder,
    index: NeighbourIndex,
    raster: Raster,
    examples: Sequence[UserTrainingExample],
) -> JSON:
    features = embedder.embed(raster[None]).features[0]
    nearest = [
        *index.find_nearest(features, NUM_NEIGHBOURS),
        *_compare_with_user_drawings(embedder, features, examples),
    ]
    nearest.sort(key=lambda neighbour: neighbour.similarity, reverse=True)
    return {
        "num_indexed": len(index),
        "sets": list(index.names),
        "drawings": [
            {
                "label": protocol.label_json(neighbour.label),
                "set": neighbour.source,
                "similarity": round(neighbour.similarity, 4),
                "raster": _pack_bytes(neighbour.raster),
            }
            for neighbour in nearest[:NUM_NEIGHBOURS]
        ],
    }


def _compare_with_user_drawings(
    embedder: Embedder, features: npt.NDArray[np.float16], examples: Sequence[UserTrainingExample]
) -> list[Neighbour]:
    """Return the training drawings of the user with their cosine similarity."""
    if not examples:
        return []
    rasters = np.stack(
        [load_raster(example.raster, orjson.loads(example.ink or "[]")) for example in examples]
    )
    similarity = embedder.embed(rasters).features.astype(np.float32) @ features.astype(np.float32)
    return [
        Neighbour(example.label, OWN_DRAWINGS_SET, float(value), raster)
        for example, value, raster in zip(examples, similarity, rasters, strict=True)
    ]


def _describe_layers(model: nn.Module, raster: Raster, temperature: float) -> JSON:
    head, filters = extract_output_layer(model, raster), extract_first_kernels(model)
    layers = compute_feature_maps(model, raster)
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
        "filters": None if filters is None else _round_to_list(filters[list(first)[:MAX_MAPS]]),
        "head": {
            "weights": _round_to_list(head.weights),
            "bias": _round_to_list(head.bias),
            "features": _round_to_list(head.features),
            "dropout": head.dropout,
            "temperature": temperature,
        },
    }


def _explain_decision(model: nn.Module, predictor: Predictor, raster: Raster) -> JSON:
    """Describe the two most probable classes, their attributions and a counterfactual."""
    probabilities = predictor.compute_probabilities(raster[None])[0]
    best, second = (int(index) for index in np.argsort(-probabilities, kind="stable")[:2])
    lead = compute_integrated_gradients(model, raster, output=best, against=second)
    alone = compute_integrated_gradients(model, raster, output=best)
    counterfactual = find_counterfactual(predictor, raster, target=second)
    return {
        "best": protocol.label_json(best),
        "second": protocol.label_json(second),
        "alone": {**_pack_signed(alone.values), "total": round(alone.total, 3)},
        "lead": {**_pack_signed(lead.values), "total": round(lead.total, 3)},
        "counterfactual": {
            "raster": _pack_bytes(counterfactual.raster),
            "touches": counterfactual.num_patches,
            "reached": counterfactual.found,
        },
    }


def _describe_positions(predictor: Predictor, strokes: Strokes | None, raster: Raster) -> JSON:
    rasters = render_at_positions(strokes, raster).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return {
        "sizes": list(RELATIVE_SIZES),
        "across": NUM_POSITIONS,
        "rasters": _pack_bytes(rasters),
        "predictions": _list_predictions(predictor, rasters),
    }


def _describe_augmentations(
    architecture: str, predictor: Predictor, strokes: Strokes | None, raster: Raster
) -> JSON:
    preview = preview_augmentations(architecture, strokes, raster, seeds=NUM_AUGMENTATION_SEEDS)
    rasters = preview.rasters.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return {
        "is_own": preview.uses_own_config,
        "seeds": NUM_AUGMENTATION_SEEDS,
        "rasters": _pack_bytes(rasters),
        "predictions": _list_predictions(predictor, rasters),
    }


def _list_predictions(predictor: Predictor, rasters: Raster) -> list[JSON]:
    return [_short_prediction_json(prediction) for prediction in predictor.predict_rasters(rasters)]


def _prediction_json(prediction: Prediction) -> JSON:
    return {
        **_short_prediction_json(prediction),
        "probabilities": [round(value, 4) for value in prediction.probabilities],
    }


def _short_prediction_json(prediction: Prediction) -> JSON:
    return {
        "digit": prediction.digit,
        "decision": prediction.decision,
        "confidence": round(prediction.confidence, 4),
    }


def _pack_bytes(raster: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(raster).tobytes()).decode()


def _pack_signed(numbers: npt.NDArray[np.float32]) -> JSON:
    """Encode as bytes: 128 is 0, and 1 and 255 are -`scale` and +`scale`, the largest magnitude."""
    scale = float(np.abs(numbers).max()) or 1.0
    steps = np.rint(128 + 127 * numbers / scale).astype(np.uint8)
    return {"size": list(numbers.shape), "scale": round(scale, 6), "data": _pack_bytes(steps)}


def _round_to_list(numbers: npt.NDArray[np.float32]) -> list[Any]:
    rounded: list[Any] = np.round(numbers.astype(float), 4).tolist()
    return rounded

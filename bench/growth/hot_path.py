"""The statements of the hot path: storing, leasing and predicting batches of drawings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

NUM_BATCHES, BATCH_SIZE = 10, 64
INK = "[" + ",".join(["[[1.5,2.5,0,0.5],[3.5,9.5,8,0.5]]"] * 40) + "]"


def store_and_predict() -> None:
    """Store, lease and predict NUM_BATCHES batches of as many users, without a forward pass."""
    from ml.inference.predictor import Prediction
    from recognizer import protocol
    from recognizer.ingest import Submission
    from recognizer.ingest.drawing_batch_upsert import store_batch
    from recognizer.models import ModelVersion, User
    from workers.recognition.batch_inference import BatchResult, InferenceResult
    from workers.recognition.drawing_leases import acquire_drawings
    from workers.recognition.prediction_store import store_predictions

    version = ModelVersion.objects.order_by("pk")[0]
    model = cast(Any, SimpleNamespace(model_id=version.pk, ref="model@0"))
    owners = User.objects.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE]
    prediction = Prediction("digit", 3, 0.9, (0.1,) * 10, bytes(784))
    for _ in range(NUM_BATCHES):
        stored = store_batch(
            [Submission(owner, uuid4(), 1, INK, "", "pen", lambda _: None) for owner in owners]
        )
        jobs = [(one.id, one.revision, one.ink) for one in stored.pending]
        batch = protocol.decode_batch(protocol.encode_batch("growth", jobs))
        results = [
            InferenceResult(leased, prediction, prediction.probabilities)
            for leased in acquire_drawings(batch)
        ]
        if len(results) != len(owners):
            raise RuntimeError(f"{len(results)} of {len(owners)} drawings were leased.")
        store_predictions(BatchResult(model, results, 1.0))

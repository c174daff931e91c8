"""A Flask app that renders, predicts and stores a drawing within one request.

`PEER_DATABASE` names the SQLite file for the same two rows that Digitsite stores; without it
nothing is stored. There are no accounts and no limits, and only the renderer validates drawings.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson
from flask import Flask, Response, request

from bench.peers.sqlite_rows import DrawingStore
from ml.inference.predictor import load_predictor

WEIGHTS = Path(__file__).resolve().parents[2] / "ml" / "weights" / "inknet"

app = Flask(__name__)
predictor = load_predictor(WEIGHTS, "cpu")
model = f"{predictor.name}@{predictor.sha256[:12]}"
rows = DrawingStore(Path(os.environ["PEER_DATABASE"])) if os.environ.get("PEER_DATABASE") else None


def recognize() -> Response:
    drawing = orjson.loads(request.get_data())
    prediction = predictor.predict_many([drawing["strokes"]])[0]
    if rows is not None:
        rows.store(drawing, prediction)
    message = {
        "type": "prediction",
        "ref": drawing["ref"],
        "revision": drawing["revision"],
        "decision": prediction.decision,
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": prediction.probabilities,
        "model": model,
    }
    return Response(orjson.dumps(message), mimetype="application/json")


app.add_url_rule("/drawings", view_func=recognize, methods=["POST"])

"""Examples of requests and responses in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

INK_EXAMPLE_BODY = {
    "strokes": [[[112, 40, 0], [108, 96, 60], [104, 170, 130]], [[90, 60, 420], [112, 40, 500]]],
    "ref": "018f6d2a-7c1e-7a43-9d0e-5b6f7a8c9d01",
    "pointer": "pen",
}
DRAWING_EXAMPLE_BODY = {
    "id": "019a2f14-52f0-7c1b-8a6e-0d1f2e3a4b5c",
    "ref": "018f6d2a-7c1e-7a43-9d0e-5b6f7a8c9d01",
    "revision": 1,
    "status": "recognized",
    "prediction": {
        "digit": 1,
        "decision": "digit",
        "confidence": 0.994,
        "probabilities": [0.0, 0.994, 0.001, 0.0, 0.001, 0.0, 0.0, 0.004, 0.0, 0.0],
        "model": "inknet@3f2a9c71b0de",
        "latency_ms": 0.62,
    },
    "claim": None,
    "ground_truth": None,
    "created_at": "2026-01-31T12:00:00.000000+00:00",
    "strokes": INK_EXAMPLE_BODY["strokes"],
    "pointer": "pen",
}
ACCEPTED_EXAMPLE_BODY = {"id": DRAWING_EXAMPLE_BODY["id"], "status": "queued"}

SUBMIT_EXAMPLE = OpenApiExample(
    "A one in two strokes", INK_EXAMPLE_BODY, request_only=True, media_type="application/json"
)
PREDICTION_EXAMPLE = OpenApiExample(
    "Recognized", DRAWING_EXAMPLE_BODY, response_only=True, status_codes=["200"]
)
QUEUED_EXAMPLE = OpenApiExample(
    "Not recognized yet", ACCEPTED_EXAMPLE_BODY, response_only=True, status_codes=["202"]
)
REVIEW_EXAMPLE = OpenApiExample(
    "A four",
    {"choice": 4, "lease": "5f0c3f43-2a70-4d0e-9c0b-0d5f1c2b3a4d", "blind": True},
    request_only=True,
)
CLAIM_EXAMPLE = OpenApiExample("A seven", {"claim": 7}, request_only=True)

"""The two rows that Digitsite stores for a drawing, in SQLite with the same settings."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ml.inference.predictor import Prediction

TABLES = ("recognizer_drawing", "recognizer_prediction")
OWNER_ID = MODEL_ID = 1
LATENCY_MS = 0.4

_PREDICTION = """
INSERT INTO recognizer_prediction (drawing_id, revision, model_id, decision, digit, confidence,
  probabilities, raster, latency_ms, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DRAWING = """
INSERT INTO recognizer_drawing (id, owner_id, ref, revision, ink, picture, pointer, created_at,
  drawn_at, deleted_at, status, error, attempts, lease_until, due_at, prediction_id, claim, cursor)
VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, NULL, 'recognized', '', 1, NULL, NULL, ?, NULL, 1)
"""


def copy_tables(site: Path, peer: Path) -> None:
    """Create the peer's database: empty copies of the site's two tables and their indexes."""
    wanted = "SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?) AND sql IS NOT NULL"
    with closing(sqlite3.connect(site)) as source, closing(sqlite3.connect(peer)) as target:
        for (statement,) in source.execute(f"{wanted} ORDER BY type = 'index'", TABLES):
            target.execute(statement)
        target.commit()


class DrawingStore:
    """A persistent connection for a process with one thread (gthread runs it in its pool)."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(
            database, timeout=20, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")

    def store(self, drawing: dict[str, Any], prediction: Prediction) -> None:
        """Insert both rows in one transaction, without the cost of foreign key checks."""
        # Ordered by time, as in Digitsite.
        id = f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        values = (
            *(id, drawing["revision"], MODEL_ID, prediction.decision, prediction.digit),
            round(prediction.confidence, 6),
            orjson.dumps([round(share, 6) for share in prediction.probabilities]).decode(),
            *(prediction.raster, LATENCY_MS, now),
        )
        ref, ink = drawing["ref"].replace("-", ""), orjson.dumps(drawing["strokes"]).decode()
        self._connection.execute("BEGIN IMMEDIATE")
        prediction_id = self._connection.execute(_PREDICTION, values).lastrowid
        row = (id, OWNER_ID, ref, drawing["revision"], ink, drawing["pointer"], now, now)
        self._connection.execute(_DRAWING, (*row, prediction_id))
        self._connection.execute("COMMIT")

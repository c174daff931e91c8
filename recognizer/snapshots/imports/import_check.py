"""Comparison of a sample of an imported file with the champion.

Pictures that are transposed, mirrored or inverted look valid to every other check. The champion
predicts the sample as given and after each of these changes; a change after which it agrees with
far more labels is reported.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypedDict
from uuid import uuid4

import redis
from django.conf import settings

from recognizer import protocol
from recognizer.db.connection_release import release_connection
from recognizer.messaging.celery_task_sender import CannotPublish, TaskSender
from recognizer.messaging.redis_client import connect_redis
from recognizer.models import NOT_A_DIGIT_LABEL
from recognizer.snapshots.imports.import_records import ImportRecord

SAMPLE_SIZE = 200
SAMPLE_SEED = 1
RESULT_KEY_PREFIX = "digitsite:import-check:"
RESULT_TTL_S = 60
MIN_DIGITS = 10
"""With fewer digits in the sample nothing is suspected."""
MIN_GAIN = 0.1
"""A change is suspected if it lets the champion agree with this fraction of the sample more."""


class ChampionCheckPayload(TypedDict):
    model: str
    digits: Annotated[int, "Digits in the sample."]
    agreement: Annotated[
        dict[str, int], "Digits of which the champion predicts the label, as given and changed."
    ]
    suspected: Annotated[str, "transposed, mirrored, inverted, or empty."]


@dataclass(frozen=True, slots=True)
class ChampionCheck:
    """The number of digits in the sample, and how many the champion predicts like their labels, by
    change: `as_given`, `transposed`, `mirrored`, `inverted`."""

    model: str
    num_digits: int
    agreement: dict[str, int]

    @property
    def suspected(self) -> str:
        """The change that the pictures seem to have undergone, or ""."""
        best = max(self.agreement, key=lambda change: self.agreement[change])
        gain = self.agreement[best] - self.agreement["as_given"]
        is_clear = self.num_digits >= MIN_DIGITS and gain >= MIN_GAIN * self.num_digits
        return best if is_clear else ""

    @property
    def num_agreed(self) -> int:
        return self.agreement["as_given"]

    def as_json(self) -> ChampionCheckPayload:
        return {
            "model": self.model,
            "digits": self.num_digits,
            "agreement": self.agreement,
            "suspected": self.suspected,
        }


@dataclass
class ImportSample:
    """A uniform random sample of the records of a file (reservoir sampling, with a fixed seed)."""

    records: list[ImportRecord] = field(default_factory=list)
    _num_seen: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(SAMPLE_SEED))  # noqa: S311 - no secret

    def add(self, record: ImportRecord) -> None:
        self._num_seen += 1
        if len(self.records) < SAMPLE_SIZE:
            self.records.append(record)
        elif (place := self._random.randrange(self._num_seen)) < SAMPLE_SIZE:
            self.records[place] = record


def compare_with_champion(records: Sequence[ImportRecord]) -> ChampionCheck | None:
    """Return the comparison, or None if no worker makes it in time or there are no digits."""
    digits = [one for one in records if one.label != NOT_A_DIGIT_LABEL]
    if not digits:
        return None
    key = f"{RESULT_KEY_PREFIX}{uuid4().hex}"
    release_connection()
    try:
        with connect_redis(timeout_s=settings.IMPORT_CHECK_TIMEOUT_S + 1, decode=True) as client:
            client.ping()  # fails faster than the sender does
            _send_task(key, digits)
            found = client.blpop([key], timeout=settings.IMPORT_CHECK_TIMEOUT_S)
    except (CannotPublish, redis.RedisError):
        return None
    if not found:
        return None
    result = json.loads(found[1])
    return ChampionCheck(result["model"], len(digits), result["agreement"])


def save_result(key: str, *, model: str, agreement: dict[str, int]) -> None:
    """Store the result for the web process that waits for it. Raises redis.RedisError."""
    with connect_redis() as client:
        pipe = client.pipeline()
        pipe.rpush(key, json.dumps({"model": model, "agreement": agreement}))
        pipe.expire(key, RESULT_TTL_S)
        pipe.execute()


def _send_task(key: str, records: Sequence[ImportRecord]) -> None:
    rows = [
        [one.label, one.ink, base64.b64encode(one.raster).decode() if one.raster else ""]
        for one in records
    ]
    sender = TaskSender()
    try:
        sender.send_task(
            protocol.CHECK_IMPORT_TASK, key, json.dumps(rows), queue=protocol.SIDE_BY_SIDE_QUEUE
        )
    finally:
        sender.close()

"""Workers whose clocks are hours off steal nothing, and what they took stays their own."""

import uuid

import pytest
from pytest_django.fixtures import Settings

from recognizer import contract
from recognizer.queue import Sender
from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.faults.rows import read_rows
from tests.scale.machines import Worker
from tests.scale.spread import Spread

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.5
TWO_HOURS_S = 7200.0
ROUNDS = 24


def test_no_lease_is_stolen_and_nothing_is_answered_twice(
    spread: Spread, settings: Settings
) -> None:
    settings.REDIS_URL = spread.redis.local_url
    workers = [
        spread.machines.add_worker(forward_s=FORWARD_S, clock_off_s=off_s)
        for off_s in (0, TWO_HOURS_S, -TWO_HOURS_S)
    ]
    spread.machines.wait_for(*workers)
    sender = Sender()
    with Client(lambda: spread.talk(0)) as client:
        for _ in range(ROUNDS):
            before = _count_forwards(workers)
            [ref] = client.draw()
            while _count_forwards(workers) == before:
                client.listen(0.01)
            for _ in workers:
                _send_again(sender, spread, ref)
            client.settle()
            if min(len(worker.forwards) for worker in workers) >= 2:
                break
    sender.close()
    spread.machines.end(*workers)
    assert min(len(worker.forwards) for worker in workers) >= 2, "each had some to keep"
    rows = require_whole(spread.database_url, client.history)
    assert {row.attempts for row in rows} == {1}


def _count_forwards(workers: list[Worker]) -> int:
    return sum(len(worker.forwards) for worker in workers)


def _send_again(sender: Sender, spread: Spread, ref: str) -> None:
    """The same task once more, while the worker that took it is reading; another one gets it."""
    [row] = [row for row in read_rows(spread.database_url) if row.drawn.ref == ref]
    sender.send(contract.encode_group(uuid.uuid4().hex, [(row.id, row.drawn.revision, row.ink)]))

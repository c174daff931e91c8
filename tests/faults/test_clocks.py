"""A worker whose clock is hours off steals nothing, and what it took stays its own."""

import uuid

import pytest
from pytest_django.fixtures import Settings

from recognizer import contract
from recognizer.queue import Sender
from tests.faults.history import Ledger
from tests.faults.rows import read_rows, require_each_answered_once
from tests.scale.machines import Worker
from tests.scale.spread import Spread

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.5
TWO_HOURS_S = 7200.0
ROUNDS = 12


@pytest.mark.parametrize("off_s", [TWO_HOURS_S, -TWO_HOURS_S], ids=["ahead", "behind"])
def test_no_lease_is_stolen_and_nothing_is_answered_twice(
    spread: Spread, settings: Settings, off_s: float
) -> None:
    settings.REDIS_URL = spread.redis.local_url
    right = spread.machines.add_worker(forward_s=FORWARD_S)
    wrong = spread.machines.add_worker(forward_s=FORWARD_S, clock_off_s=off_s)
    spread.machines.wait_for(right, wrong)
    sender = Sender()
    with spread.talk(0) as talk:
        ledger = Ledger(talk)
        for _ in range(ROUNDS):
            before = _count_forwards(right, wrong)
            ledger.draw(1)
            while _count_forwards(right, wrong) == before:
                ledger.listen(0.01)
            _send_again(sender, spread, list(ledger.sent)[-1])
            ledger.settle()
            if min(len(right.forwards), len(wrong.forwards)) >= 2:
                break
        ledger.require_once()
    sender.close()
    spread.machines.end(right, wrong)
    assert min(len(right.forwards), len(wrong.forwards)) >= 2, "both had some to keep"
    require_each_answered_once(spread.database_url, ledger.sent)
    assert {row.attempts for row in read_rows(spread.database_url, ledger.sent)} == {1}


def _count_forwards(*workers: Worker) -> int:
    return sum(len(worker.forwards) for worker in workers)


def _send_again(sender: Sender, spread: Spread, ref: str) -> None:
    """The same task once more, while the worker that took it is reading; the other one gets it."""
    [row] = read_rows(spread.database_url, [ref])
    sender.send(contract.encode_group(uuid.uuid4().hex, [(row.id, row.revision, row.ink)]))

"""Two web processes and three workers share the work; bench/scale.py says how fast that is."""

import pytest

from tests.faults.history import Ledger
from tests.faults.rows import require_each_answered_once
from tests.scale.spread import Spread
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.02


def test_all_take_part_and_everybody_is_answered_once_wherever_they_are(spread: Spread) -> None:
    workers = [spread.machines.add_worker(forward_s=FORWARD_S) for _ in range(3)]
    spread.machines.wait_for(*workers)
    other = Person(spread.webs[1])
    with spread.talk(0) as here, spread.talk(1) as there, spread.talk(1, other) as of_other:
        ledgers = [Ledger(here), Ledger(there), Ledger(of_other)]
        ledgers[0].draw(120)
        ledgers[2].draw(120)
        ledgers[1].sent = ledgers[0].sent  # the same person's, on the other web process
        for ledger in ledgers:
            ledger.settle()
            ledger.require_once()
    spread.machines.end(*workers)
    for ledger in ledgers:
        require_each_answered_once(spread.database_url, ledger.sent)
    shares = [sum(worker.forwards) for worker in workers]
    assert sum(shares) == 240
    assert min(shares) >= 24, shares

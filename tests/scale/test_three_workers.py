"""Two web processes and three workers share the work; bench/scale.py says how fast that is."""

import pytest

from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.scale.spread import Spread
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.02


def test_all_take_part_and_everybody_is_answered_once_wherever_they_are(spread: Spread) -> None:
    workers = [spread.machines.add_worker(forward_s=FORWARD_S) for _ in range(3)]
    spread.machines.wait_for(*workers)
    other = Person(spread.webs[1])
    with (
        Client(lambda: spread.talk(0)) as here,
        Client(lambda: spread.talk(1)) as there,
        Client(lambda: spread.talk(1, other)) as of_other,
    ):
        here.draw(120)
        of_other.draw(120)
        here.settle()
        of_other.settle()
        there.settle(others=here.sent)  # the same person's, on the other web process
    spread.machines.end(*workers)
    require_whole(spread.database_url, here.history, there.history, of_other.history)
    shares = [sum(worker.forwards) for worker in workers]
    assert sum(shares) >= 240  # more when one was held up, and the sweep sent what it had taken
    assert min(shares) >= 24, shares

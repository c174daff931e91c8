"""The worker is killed again and again while it reads: nothing is lost, nothing answered twice."""

import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from tests.faults.client import Client
from tests.faults.history import require_whole
from tests.fixtures.deadlines import deadline
from tests.fixtures.figures import Figure
from tests.fixtures.site_process import SiteProcess, wait_until
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(120)

KILLS = 5
BURST = 80
BACK_WITHIN_S = 15.0
SEEN_WITHIN_S = 0.5
ALL_DONE_WITHIN_S = 6.0
LAST = "SELECT coalesce(max(rowid), 0) FROM recognizer_drawing"
HELD = """
SELECT count(*) > 10 FROM recognizer_drawing
WHERE rowid > ? AND status = 'queued' AND lease_until IS NOT NULL
"""


def test_five_kills_under_four_hundred_drawings_lose_nothing(
    site: SiteProcess, person: Person, print_figure: Figure
) -> None:
    with Client(person.talk) as client:
        for _ in range(KILLS):
            _draw_until_it_is_back(client, BURST // 4)
            _draw_until_it_holds_some(client, BURST - BURST // 4, site.database)
            os.kill(site.pid("worker"), signal.SIGKILL)
            killed_at = time.monotonic()
        took_s = client.settle() - killed_at
    rows = require_whole(site.database, client.history)
    again = sum(row.attempts > 1 for row in rows)
    print_figure(f"all done {took_s:.1f} s after the last kill; {again} of {len(rows)} tried again")
    assert again > 0, "it was killed for nothing"
    assert took_s <= deadline(ALL_DONE_WITHIN_S)


def _draw_until_it_is_back(client: Client, count: int) -> None:
    refs = set(client.draw(count))

    def is_back() -> bool:
        client.listen(0.002)
        return not refs.isdisjoint(client.answered_after_s)

    wait_until(is_back, within_s=BACK_WITHIN_S, what="the worker is back, and reads")


def _draw_until_it_holds_some(client: Client, count: int, database: str) -> None:
    """It has claimed drawings of these, and has not stored their answers yet. That is soon over,
    and may be missed once."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute(LAST).fetchone()
        client.draw(count)
        until = time.monotonic() + deadline(SEEN_WITHIN_S)
        while not connection.execute(HELD, [last]).fetchone()[0] and time.monotonic() < until:
            continue

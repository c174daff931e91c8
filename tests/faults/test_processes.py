"""Whatever dies: what was acknowledged is answered, once, and clients end level."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fixtures.site_process import SiteProcess
from tests.fixtures.talk import Talk
from tests.way.drawing import strokes_of
from tests.way.talking import Person

pytestmark = pytest.mark.timeout(120)

ALL_DONE_WITHIN_S = 6.0


def _answered(talk: Talk, refs: set[str], *, within_s: float = 60) -> float:
    """Wait until all are answered; how long it took. None may be answered twice."""
    started = time.monotonic()
    deadline = started + within_s
    counts: Counter[str] = Counter()
    seen = 0
    while True:
        for message in talk.heard[seen:]:
            if message["type"] in ("prediction", "failed"):
                counts[message["ref"]] += 1
        seen = len(talk.heard)
        if refs <= counts.keys():
            assert not {ref: count for ref, count in counts.items() if count > 1}
            return time.monotonic() - started
        talk.hear_any(within_s=deadline - time.monotonic())


def _draw(talk: Talk, count: int) -> set[str]:
    return {talk.draw(strokes=strokes_of(number % 10)) for number in range(count)}


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_worker_killed_again_and_again_loses_nothing(site: SiteProcess, talk: Talk) -> None:
    refs: set[str] = set()
    for _ in range(3):
        refs |= _draw(talk, 60)
        os.kill(site.pid("worker"), signal.SIGKILL)
        time.sleep(1.5)  # it is back by then, and dies again
    assert _answered(talk, refs) <= ALL_DONE_WITHIN_S


def test_a_broker_killed_with_drawings_waiting_loses_nothing(site: SiteProcess, talk: Talk) -> None:
    with _frozen(site.pid("worker")):
        refs = _draw(talk, 300)
        for _ in refs:
            talk.hear("queued")
        os.kill(site.pid("broker"), signal.SIGKILL)
        site.wait_until_serving()
    assert _answered(talk, refs) <= ALL_DONE_WITHIN_S


def test_a_frozen_broker_keeps_nobody_from_drawing(site: SiteProcess, talk: Talk) -> None:
    refs = set()
    with _frozen(site.pid("broker")):
        for _ in range(20):
            asked_at = time.monotonic()
            ref = talk.draw(strokes=strokes_of(3))
            talk.hear("queued", ref=ref)
            assert time.monotonic() - asked_at < 1
            refs.add(ref)
            time.sleep(0.4)
    assert _answered(talk, refs) <= ALL_DONE_WITHIN_S


def test_a_web_process_killed_before_it_sent_its_tasks_leaves_them_to_the_sweep(
    site: SiteProcess, person: Person
) -> None:
    with _frozen(site.pid("broker")), person.talk() as talk:
        cursor = talk.hear("hello")["cursor"]
        refs = _draw(talk, 50)
        for _ in refs:
            talk.hear("queued")
        os.kill(site.pid("web"), signal.SIGKILL)
    site.wait_until_serving()
    with person.talk() as back:
        back.hear("hello")
        back.say(type="resume", since=cursor)
        assert _answered(back, refs) <= ALL_DONE_WITHIN_S

"""A site through PgBouncer in transaction mode: a killed worker loses no drawing."""

import signal

import pytest

from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.recording_client import RecordingClient
from tests.scale.multi_machine_site import MultiMachineSite

pytestmark = pytest.mark.timeout(120)

NUM_DRAWINGS = 120


def test_predicts_each_drawing_once_after_a_killed_worker(pooled_site: MultiMachineSite) -> None:
    machines = pooled_site.machines
    killed, other = machines.add_worker(forward_s=0.02), machines.add_worker()
    machines.wait_for(killed, other)
    with (
        RecordingClient(lambda: pooled_site.connect(0)) as here,
        RecordingClient(lambda: pooled_site.connect(1)) as there,
    ):
        here.draw(NUM_DRAWINGS)
        killed.process.send_signal(signal.SIGKILL)
        here.wait_until_complete()
        there.wait_until_complete(others=here.sent)
    machines.end(other)
    assert_consistent(pooled_site.database_url, here.history, there.history)

"""Two web processes and three workers that share the work (see bench/worker_scaling.py)."""

import pytest

from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.recording_client import RecordingClient
from tests.pipeline.user_sessions import UserSession
from tests.scale.multi_machine_site import MultiMachineSite

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.02


def test_all_workers_share_the_drawings(
    multi_machine_site: MultiMachineSite,
) -> None:
    workers = [multi_machine_site.machines.add_worker(forward_s=FORWARD_S) for _ in range(3)]
    multi_machine_site.machines.wait_for(*workers)
    other = UserSession(multi_machine_site.webs[1])
    with (
        RecordingClient(lambda: multi_machine_site.connect(0)) as here,
        RecordingClient(lambda: multi_machine_site.connect(1)) as there,
        RecordingClient(lambda: multi_machine_site.connect(1, other)) as of_other,
    ):
        here.draw(120)
        of_other.draw(120)
        here.wait_until_complete()
        of_other.wait_until_complete()
        there.wait_until_complete(others=here.sent)  # the same user on the other web process
    multi_machine_site.machines.end(*workers)
    assert_consistent(
        multi_machine_site.database_url, here.history, there.history, of_other.history
    )
    shares = [sum(worker.forwards) for worker in workers]
    assert sum(shares) >= 240  # more if the sweep sent some again
    assert min(shares) >= 24, shares

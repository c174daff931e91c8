"""Leases of workers whose clocks are wrong by hours."""

import uuid

import pytest
from pytest_django.fixtures import Settings

from digitsite.state_dir import load_secret_key
from recognizer import protocol
from recognizer.messaging.celery_task_sender import TaskSender
from tests.faults.harness.database_rows import read_rows, read_site_id
from tests.faults.harness.history_checker import assert_consistent
from tests.faults.harness.recording_client import RecordingClient
from tests.scale.machines import WorkerProcess
from tests.scale.multi_machine_site import MultiMachineSite

pytestmark = pytest.mark.timeout(120)

FORWARD_S = 0.5
TWO_HOURS_S = 7200.0
MAX_DRAWINGS = 24


def test_wrong_clocks_do_not_break_leases(
    multi_machine_site: MultiMachineSite, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = multi_machine_site.redis.local_url
    settings.QUEUE_URL = multi_machine_site.redis.queue_url
    settings.SECRET_KEY = load_secret_key(multi_machine_site.machines.home)
    site_id = read_site_id(multi_machine_site.database_url)
    monkeypatch.setattr("recognizer.messaging.redis_keys._load_site_id", lambda: site_id)
    workers = [
        multi_machine_site.machines.add_worker(forward_s=FORWARD_S, clock_off_s=off_s)
        for off_s in (0, TWO_HOURS_S, -TWO_HOURS_S)
    ]
    multi_machine_site.machines.wait_for(*workers)
    sender = TaskSender()
    with RecordingClient(lambda: multi_machine_site.connect(0)) as client:
        for _ in range(MAX_DRAWINGS):
            before = _count_forwards(workers)
            [ref] = client.draw()
            while _count_forwards(workers) == before:
                client.listen(0.01)
            for _ in workers:
                _send_duplicate(sender, multi_machine_site, ref)
            client.wait_until_complete()
            if min(len(worker.forwards) for worker in workers) >= 2:
                break
    sender.close()
    multi_machine_site.machines.end(*workers)
    assert min(len(worker.forwards) for worker in workers) >= 2, "each worker must have leased some"
    rows = assert_consistent(multi_machine_site.database_url, client.history)
    assert {row.attempts for row in rows} == {1}


def _count_forwards(workers: list[WorkerProcess]) -> int:
    return sum(len(worker.forwards) for worker in workers)


def _send_duplicate(sender: TaskSender, site: MultiMachineSite, ref: str) -> None:
    """Send the task again while a worker processes it; another worker receives it."""
    [row] = [row for row in read_rows(site.database_url) if row.drawing.ref == ref]
    sender.send(protocol.encode_batch(uuid.uuid4().hex, [(row.id, row.drawing.revision, row.ink)]))

"""A worker whose broker becomes a read-only replica, as for a moment in a failover."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.ingest.batch_publisher import BatchPublisher
from recognizer.models import Drawing, User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, wait_until
from tests.pipeline.factories import load_ink, make_submission, store_drawings

WORKER = (
    *("celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "recognition"),
    *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
)
REFUSED = "Trying to re-establish the connection... (server:ReadOnlyError)"


@pytest.fixture
def worker_log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


@pytest.fixture
def worker(
    process_env: dict[str, str], valkey: BrokerProcess, worker_log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with worker_log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *WORKER],
            cwd=ROOT,
            env=process_env | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"},
            stdout=log,
            stderr=log,
        )
    yield process
    process.terminate()
    process.wait(deadline(20))


def test_a_worker_waits_while_the_broker_is_a_read_only_replica(
    worker: "subprocess.Popen[bytes]", worker_log: Path, valkey: BrokerProcess, owner: User
) -> None:
    wait_until(lambda: "ready." in worker_log.read_text(), within_s=30, what="the worker is ready")
    with valkey.client() as client:
        client.replicaof("127.0.0.1", "1")  # no primary listens there
        try:
            wait_until(
                lambda: REFUSED in worker_log.read_text() or worker.poll() is not None,
                within_s=20,
                what="the broker refuses the commands of the worker",
            )
        finally:
            client.replicaof("NO", "ONE")
    assert worker.poll() is None, worker_log.read_text()
    publisher = BatchPublisher()
    publisher.add(store_drawings(make_submission(owner, ink=load_ink(3))).pending)
    try:
        wait_until(
            lambda: Drawing.objects.filter(status="recognized").exists(),
            within_s=20,
            what=worker_log.read_text,
        )
    finally:
        publisher.close()

"""The site on PostgreSQL and Redis with two web processes and two workers."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from digitsite.embedded_valkey import find_installed_broker
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline
from tests.fixtures.live_site import UNLIMITED
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import ROOT, SiteProcess, find_free_port, wait_until
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.factories import load_strokes
from tests.pipeline.user_sessions import UserSession

pytestmark = pytest.mark.timeout(180)
MAX_TRIES = 10
"""A drawing is requeued if its worker is slow or was killed by another test. Its test then tries
another drawing."""


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    program = find_installed_broker()
    assert program, "no redis here: apt-get install redis-server"
    process = BrokerProcess(tmp_path_factory.mktemp("redis"))
    process.run_with_empty_state(program)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def multi_process_site(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresProcess,
    redis_server: BrokerProcess,
) -> Iterator[SiteProcess]:
    home = tmp_path_factory.mktemp("big") / "home"
    site = SiteProcess(
        home,
        settings={
            "DATABASE_URL": postgres_server.create_database(),
            "REDIS_URL": redis_server.url,
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": "a-token",
            "PROMETHEUS_MULTIPROC_DIR": str(home / "metrics"),
            **UNLIMITED,
        },
    )
    site.start_and_wait()
    yield site
    site.remove()


@pytest.fixture(scope="module")
def other_web(multi_process_site: SiteProcess) -> Iterator[SiteProcess]:
    """A second web process and a second worker, as on another host."""
    port = find_free_port()
    other = SiteProcess(multi_process_site.home, port=port)
    other.environment = multi_process_site.environment | {
        "PORT": str(port),
        "ORIGINS": f"{multi_process_site.base_url},{other.base_url}",
    }
    web = [
        "uvicorn",
        "digitsite.asgi:application",
        "--port",
        str(port),
        "--ws",
        "websockets-sansio",
    ]
    worker = ["celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "recognition"]
    with ExitStack() as stack:
        for command in (web, worker):
            log = stack.enter_context(
                (multi_process_site.home / f"other-{command[0]}.log").open("wb")
            )
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=other.environment,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
        other.wait_until_serving()
        yield other


@pytest.fixture(scope="module")
def user_session(multi_process_site: SiteProcess) -> UserSession:
    return UserSession(multi_process_site)


def _connect_to_other_web(user_session: UserSession, site: SiteProcess) -> SocketClient:
    """A socket of the same session on the other web process."""
    return SocketClient(site.port, Cookie=user_session.cookie)


def test_sockets_on_two_web_processes_receive_equal_events(
    user_session: UserSession, other_web: SiteProcess
) -> None:
    with user_session.connect() as here, _connect_to_other_web(user_session, other_web) as there:
        for socket_client in (here, there):
            socket_client.receive("hello")
        refs = {here.draw(strokes=load_strokes(number % 10)) for number in range(100)}
        for socket_client in (here, there):
            for _ in refs:
                socket_client.receive("prediction")
            kinds = [message["type"] for message in socket_client.received]
            assert (kinds.count("prediction"), kinds.count("drawing")) == (100, 100)
        there.send(type="claim", id=here.received[-1]["id"], claim=1)
        assert here.receive("label")["claim"] == 1


def test_the_logs_follow_a_drawing_through_all_processes(
    user_session: UserSession, multi_process_site: SiteProcess, other_web: SiteProcess
) -> None:
    with user_session.connect() as here, _connect_to_other_web(user_session, other_web) as there:
        for socket_client in (here, there):
            socket_client.receive("hello")  # it receives the events after it
        for _ in range(MAX_TRIES):
            ref = here.draw(strokes=load_strokes(3))
            for socket_client in (here, there):
                socket_client.receive("prediction", ref=ref)
            lines = wait_for_lines(multi_process_site, ref)
            if not has_requeue(lines):
                break
    expected = ["received", "stored", "queued", "recognized", "delivered", "delivered"]
    lines.sort(key=lambda line: (str(line["time"]), expected.index(line["stage"])))
    assert [line["stage"] for line in lines] == expected
    assert len({trace for line in lines for trace in line["traces"]}) == 1
    batches = [line.get("batch") for line in lines]
    assert batches[:2] == [None, None]
    assert batches[2] == batches[3]
    assert {batches[2], None} == set(batches[4:])  # the other process receives events of users
    processes = [line["process"] for line in lines]
    assert processes[0] == processes[1] == processes[2]
    assert len({processes[0], processes[3], *processes[4:]}) == 3


def wait_for_lines(site: SiteProcess, ref: str) -> list[dict[str, Any]]:
    """Return the lines of a drawing, from the logs of all processes."""
    found: list[dict[str, Any]] = []

    def has_all() -> bool:
        paths = [*site.home.glob("*.log"), *site.home.glob("logs/*")]
        texts = [text for path in paths for text in path.read_text().splitlines()]
        lines = [json.loads(text) for text in texts if text.startswith('{"time"')]
        found[:] = [
            line
            for line in lines
            if any(trace.startswith(f"{ref}:") for trace in line.get("traces", ()))
        ]
        return len(found) >= 6

    wait_until(has_all, within_s=20, what=lambda: f"{found}")
    return found


def has_requeue(lines: list[dict[str, Any]]) -> bool:
    return any(line["stage"] == "requeued" for line in lines)


def test_a_scrape_of_any_web_process_has_the_sum_of_all(
    user_session: UserSession, multi_process_site: SiteProcess, other_web: SiteProcess
) -> None:
    wait_until(
        lambda: scrape(multi_process_site)["digitsite_sockets"] == 0,
        within_s=10,
        what="the sockets of other tests are closed",
    )
    before, new = Counter[str](), Counter[str]()

    def has_sums(site: SiteProcess) -> bool:
        new.clear()
        new.update(scrape(site))
        assert new["digitsite_workers"] >= 1  # read from the broker: another test kills workers
        return (
            new["digitsite_sockets"],
            new["digitsite_predictions_total"] - before["digitsite_predictions_total"],
        ) == (2, 4)

    with user_session.connect() as here, _connect_to_other_web(user_session, other_web) as there:
        for socket_client in (here, there):
            socket_client.receive("hello")
        for _ in range(MAX_TRIES):
            before = scrape(multi_process_site)
            refs = [
                socket_client.draw_and_wait(strokes=load_strokes(3))["ref"]
                for socket_client in (here, there, here, there)
            ]
            # Both web processes receive and count the predictions of a requeued batch.
            if not any(has_requeue(wait_for_lines(multi_process_site, ref)) for ref in refs):
                break
        for site in (multi_process_site, other_web):
            wait_until(
                partial(has_sums, site),
                within_s=10,
                what=lambda: f"the metrics are added up: {before} before, {new} now",
            )


def scrape(site: SiteProcess) -> Counter[str]:
    """Return the metrics of a web process, each as the sum over its labels."""
    request = urllib.request.Request(
        f"{site.base_url}/metrics", headers={"Authorization": "Bearer a-token"}
    )
    with urllib.request.urlopen(request, timeout=deadline(10)) as response:
        lines = response.read().decode().splitlines()
    total = Counter[str]()
    for line in lines:
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            total[name.partition("{")[0]] += float(value)  # type: ignore[assignment]  # no integer
    return total


def test_signing_out_closes_sockets_on_all_web_processes(
    multi_process_site: SiteProcess, other_web: SiteProcess
) -> None:
    leaving = UserSession(multi_process_site)
    with _connect_to_other_web(leaving, other_web) as there:
        there.receive("hello")
        leaving.post("/accounts/logout/")
        assert there.close_code() == 4401


def test_another_worker_takes_over_after_a_crash(
    multi_process_site: SiteProcess, other_web: SiteProcess, user_session: UserSession
) -> None:
    with user_session.connect() as socket_client:
        socket_client.receive("hello")
        refs = {socket_client.draw(strokes=load_strokes(number % 10)) for number in range(200)}
        os.kill(multi_process_site.pid("worker"), signal.SIGKILL)
        for _ in refs:
            socket_client.receive("prediction")
        predicted_refs = [
            message["ref"] for message in socket_client.received if message["type"] == "prediction"
        ]
    assert sorted(predicted_refs) == sorted(refs)


def test_loses_no_drawing_when_the_database_restarts(
    postgres_server: PostgresProcess, user_session: UserSession
) -> None:
    with user_session.connect() as socket_client:
        socket_client.receive("hello")
        postgres_server.stop()
        refused = socket_client.draw()
        error = socket_client.receive("error", ref=refused)
        assert (error["code"], error["retry_after_s"]) == ("unavailable", 2)
        postgres_server.start()
        socket_client.draw(ref=refused)
        socket_client.receive("prediction", ref=refused)

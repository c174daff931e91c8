"""`make run`: one start per state directory and port, and errors at start."""

import re
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import SiteProcess

StartSite = Callable[..., SiteProcess]
START_TIMEOUT_S = 10.0


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[StartSite]:
    """Return a function that starts a site. All sites are stopped after the test."""
    started: list[SiteProcess] = []

    def start(
        home: Path = tmp_path / "home",
        *,
        port: int | None = None,
        on_taken_port: bool = False,
        **settings: str,
    ) -> SiteProcess:
        site = SiteProcess(home, port=port, settings=settings)
        site.start(on_taken_port=on_taken_port)
        started.append(site)
        return site

    yield start
    for site in started:
        site.stop()
        if site.home.is_relative_to(tmp_path):  # not the shared site
            site.remove()


@pytest.fixture(scope="module")
def second_site(
    live_site: SiteProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteProcess]:
    """A site next to the shared one, in a directory with an unusual name."""
    before = live_site.pids()
    folder = tmp_path_factory.mktemp("second")
    site = SiteProcess(folder / ("a home with 100% more; letters # " + "x" * 90))
    try:
        yield site.start_and_wait()
        site.stop()
        assert site.left_behind() == []
        assert live_site.pids() == before
    finally:
        site.remove()


def test_refuses_a_second_start_in_one_directory(
    live_site: SiteProcess, start_site: StartSite
) -> None:
    before = live_site.pids()
    second = start_site(live_site.home)
    assert second.process.wait(deadline(20)) == 1
    assert str(live_site.home) in second.output
    assert live_site.base_url in second.output
    assert f"process {live_site.process.pid}" in second.output
    assert live_site.pids() == before


def test_refuses_a_port_in_use(start_site: StartSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        site = start_site(port=port, on_taken_port=True)
        assert site.process.wait(deadline(20)) == 1
    assert f"Port {port} is in use" in site.output
    assert site.left_behind() == []


def test_refuses_an_invalid_setting(start_site: StartSite) -> None:
    site = start_site(DEVICE="quantum")
    assert site.process.wait(deadline(20)) == 1
    assert "DEVICE must be one of auto, cpu, cuda" in site.output
    assert "Traceback" not in site.output


def test_failed_start_names_the_process_and_its_error(start_site: StartSite) -> None:
    site = start_site(WEB_CONCURRENCY="many")  # uvicorn reads it
    assert site.process.wait(deadline(60)) == 1
    reason = site.output.partition("Digitsite cannot start")[2]
    assert "the process web has ended" in reason
    assert "ValueError" in reason
    assert "'many'" in reason
    assert "is ready" not in site.output


def test_refuses_a_missing_model(start_site: StartSite, tmp_path: Path) -> None:
    site = start_site(DEFAULT_MODEL_DIR=str(tmp_path))
    assert site.process.wait(deadline(20)) == 1
    assert f"DEFAULT_MODEL_DIR has no card.json: {tmp_path}" in site.output


def test_refuses_an_unavailable_database(start_site: StartSite) -> None:
    site = start_site(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert site.process.wait(deadline(60)) == 1
    assert "the database cannot be used" in site.output
    assert "Traceback" not in site.output


def test_two_sites_run_on_one_machine(live_site: SiteProcess, second_site: SiteProcess) -> None:
    assert not set(second_site.pids().values()) & set(live_site.pids().values())
    assert live_site.is_ready()
    assert second_site.is_ready()


def test_first_start_creates_the_admin_once(second_site: SiteProcess) -> None:
    file = second_site.home / "admin-password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = second_site.initial_admin_password
    assert password not in second_site.output  # the output is no terminal
    with closing(sqlite3.connect(second_site.home / "db.sqlite3")) as database:
        users = database.execute(
            "SELECT username, password, is_superuser, is_staff FROM recognizer_user"
        ).fetchall()
        groups = database.execute(
            "SELECT name FROM auth_group JOIN recognizer_user_groups ON auth_group.id = group_id"
        ).fetchall()
    assert [(name, superuser, staff) for name, _, superuser, staff in users] == [("admin", 1, 1)]
    assert Argon2PasswordHasher().verify(password, users[0][1])
    assert sorted(groups) == [("admin",), ("reviewer",)]
    second_site.stop()

    second_site.start()
    second_site.wait_until_ready(within_s=START_TIMEOUT_S)
    assert password not in second_site.output


def test_directory_may_have_blanks_and_a_long_name(second_site: SiteProcess) -> None:
    assert re.search(r"unix", second_site.log("broker"))
    assert stat.S_IMODE(second_site.home.stat().st_mode) == 0o700

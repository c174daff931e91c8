"""A site under load is backed up and restored elsewhere with the commands of docs/runbook.md."""

import io
import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
from PIL import Image, ImageDraw

from tests.api.test_end_to_end import ONE, HttpProgram
from tests.backup.database_tables import assert_same_rows, read_all_rows
from tests.fixtures.deadlines import deadline
from tests.fixtures.postgres_process import PostgresProcess
from tests.fixtures.site_process import ROOT, SiteProcess, wait_until
from tests.pipeline.user_sessions import UserSession

RUNBOOK = ROOT / "docs" / "runbook.md"
NUM_WRITERS = 3


def test_backs_up_under_load_and_restores_elsewhere(
    live_site: SiteProcess, postgres: PostgresProcess, tmp_path: Path
) -> None:
    program = HttpProgram(live_site)
    drawing = upload_picture(program)
    with drawing_users(live_site) as acknowledged:
        wait_until(lambda: len(acknowledged) > 20, within_s=30, what="drawings are stored")
        before = set(acknowledged)
        run_runbook("Backup", live_site.environment, BACKUP=str(tmp_path / "busy"))
    restored = SiteProcess(tmp_path / "busy-home")
    run_runbook("Restore", restored.environment, BACKUP=str(tmp_path / "busy"))
    assert_consistent(restored.database, acknowledged=before)

    wait_until(lambda: count_queued(live_site) == 0, within_s=30, what="all are predicted")
    idle = tmp_path / "idle"
    original = copy_rows_while_backing_up(live_site, idle)
    restored = SiteProcess(tmp_path / "idle-home")
    run_runbook("Restore", restored.environment, BACKUP=str(idle))
    assert_same_rows(read_all_rows(restored.database), original)
    assert hash_files(restored.home) == hash_named_files(live_site)
    assert_usable(restored, program, drawing)

    to_postgres = {**restored.environment, "DATABASE_URL": postgres.create_database()}
    to_postgres["DIGITSITE_HOME"] = str(tmp_path / "postgres-home")
    run_runbook("Restore", to_postgres, BACKUP=str(idle))
    run_runbook("Backup", to_postgres, BACKUP=str(tmp_path / "of-postgres"))
    assert_same_backups(tmp_path / "of-postgres", idle)
    assert count_rows(to_postgres["DATABASE_URL"]) == len(original["recognizer_drawing"])


def run_runbook(section: str, environment: dict[str, str], **variables: str) -> None:
    """Run the commands of a section of the page; its last one, `make run`, only where needed."""
    text = RUNBOOK.read_text().partition(f"\n### {section}\n")[2].partition("\n#")[0]
    commands = re.findall(r"^    (.+)$", text, re.MULTILINE)
    script = "\n".join(line for line in commands if "make run" not in line)
    assert f"manage.py {section.lower()} " in script
    run = subprocess.run(
        ["sh", "-ec", script.replace(".venv/bin/python", sys.executable)],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@contextmanager
def drawing_users(site: SiteProcess) -> Iterator[list[str]]:
    """Draw as several users together; the list receives the ref of each acknowledged drawing."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def draw() -> None:
        with UserSession(site).connect() as client:
            client.receive("hello")
            while not stop.is_set():
                ref = client.draw()
                client.receive("queued", ref=ref)
                acknowledged.append(ref)

    threads = [threading.Thread(target=draw) for _ in range(NUM_WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        for thread in threads:
            thread.join(deadline(30))


def assert_consistent(database: str, *, acknowledged: set[str]) -> None:
    """Check relations between rows of several tables."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        refs = {ref for (ref,) in connection.execute("SELECT ref FROM recognizer_drawing")}
        assert {ref.replace("-", "") for ref in acknowledged} <= refs
        feeds = connection.execute(
            "SELECT f.cursor, max(d.cursor) FROM recognizer_feed f"
            " JOIN recognizer_drawing d ON d.owner_id = f.user_id GROUP BY f.user_id"
        ).fetchall()
        assert len(feeds) >= NUM_WRITERS
        # A refused change takes a cursor too, so that the feed can be ahead of all drawings.
        assert [feed for feed, newest in feeds if feed < newest] == []
        query = "SELECT count(*) FROM recognizer_drawing WHERE status = 'recognized'"
        recognized = connection.execute(query).fetchone()
        query += " AND prediction_id IN (SELECT id FROM recognizer_prediction)"
        assert connection.execute(query).fetchone() == recognized


def copy_rows_while_backing_up(site: SiteProcess, backup: Path) -> Any:
    """Back up until no process has changed a row meanwhile, and return the rows."""
    while True:
        before = read_all_rows(site.database)
        backup.unlink(missing_ok=True)
        run_runbook("Backup", site.environment, BACKUP=str(backup))
        if read_all_rows(site.database) == before:
            return before


def count_queued(site: SiteProcess) -> int:
    with closing(sqlite3.connect(f"file:{site.database}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM recognizer_drawing WHERE status = 'queued'"
        return int(connection.execute(query).fetchone()[0])


def count_rows(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM recognizer_drawing").fetchone()
        assert row
        return int(row[0])


def upload_picture(program: HttpProgram) -> dict[str, Any]:
    """Store a drawing with a picture and return it."""
    file = io.BytesIO()
    image = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(image).line([(30, 8), (30, 52)], fill=0, width=5)
    image.save(file, "PNG")
    parts = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body = parts + file.getvalue() + b"\r\n--x--\r\n"
    status, content = program.call("drawings/?wait=15", body, "multipart/form-data; boundary=x")
    assert status == 200, content
    drawing: dict[str, Any]
    status, drawing = program.call_json(f"drawings/{json.loads(content)['id']}/")
    assert status == 200
    return drawing


def hash_named_files(site: SiteProcess) -> dict[str, str]:
    """Return the hashes of all files of a site that rows name, read from its disk."""
    with closing(sqlite3.connect(f"file:{site.database}?mode=ro", uri=True)) as connection:
        query = "SELECT picture FROM recognizer_drawing WHERE picture <> ''"
        names = [name for (name,) in connection.execute(query)]
        for sha, card in connection.execute("SELECT sha256, card FROM recognizer_modelversion"):
            names += [f"models/{sha}/{name}" for name in json.loads(card)["files"]]
    stored = hash_files(site.home)
    return {name: stored[name] for name in names}


def hash_files(home: Path) -> dict[str, str]:
    folder = home / "files"
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def assert_usable(site: SiteProcess, program: HttpProgram, drawing: dict[str, Any]) -> None:
    """Start the restored site: the token of the original opens its drawing, and draws."""
    try:
        site.start_and_wait()
        elsewhere = copy(program)
        elsewhere.base = f"{site.base_url}/api/v1/"
        status, found = elsewhere.call_json(f"drawings/{drawing['id']}/")
        assert (status, found) == (200, drawing)
        status, drawn = elsewhere.call_json("drawings/?wait=15", {"strokes": ONE})
        assert (status, drawn["status"]) == (200, "recognized")
    finally:
        site.remove()


def assert_same_backups(found: Path, expected: Path) -> None:
    """Compare rows and files of two backups; PostgreSQL stores 1e16 in JSON as an integer."""
    with ZipFile(found) as one, ZipFile(expected) as other:
        assert set(one.namelist()) == set(other.namelist())
        for name in one.namelist():
            if name.startswith("files/") or name == "secret-key":
                assert one.read(name) == other.read(name), name
            elif name != "manifest.json" and "siteidentity" not in name:
                assert read_lines(one, name) == read_lines(other, name), name


def read_lines(archive: ZipFile, name: str) -> list[list[Any]]:
    rows = [json.loads(line) for line in archive.read(name).splitlines()]
    return sorted(rows, key=lambda row: str(row[0]))

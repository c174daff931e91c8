"""client/: the examples of its README with a running site, and its errors and retries."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.api.test_end_to_end import HttpProgram
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, SiteProcess, find_free_port

README = ROOT / "client" / "README.md"
LABEL_CODE = "from digitsite_client import Client; print(Client().label('x', 1).label)"

Response = tuple[int, dict[str, str], Any]


@pytest.fixture(scope="session")
def installed_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the installed package; what it depends on is in this environment."""
    folder = tmp_path_factory.mktemp("client")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    source = tmp_path_factory.mktemp("source") / "client"
    subprocess.run(["cp", "-r", ROOT / "client", source], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", folder, source], check=True
    )
    return folder


class Environment:
    """Runs programs with the installed client, the address of a site and a token."""

    def __init__(self, folder: Path, url: str, token: str = "ds_x") -> None:
        self._variables = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "DIGITSITE_URL": url,
            "DIGITSITE_TOKEN": token,
        }

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self._variables,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=deadline(60),
            check=False,
        )

    def run_python(self, code: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-c", code)


def test_the_examples_of_the_readme_run(
    live_site: SiteProcess, installed_client: Path, tmp_path: Path
) -> None:
    program = HttpProgram(live_site)
    environment = Environment(installed_client, live_site.base_url, program.key)
    simple, parallel = read_blocks("python")
    run = environment.run_python(simple)
    assert run.returncode == 0, run.stderr
    first, *exported = run.stdout.splitlines()
    assert first.startswith("digit 1 0.")
    assert exported[0].endswith(" 1")
    run = environment.run_python(parallel)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[:3] == ["recognized"] * 3
    [script] = read_blocks("sh")
    run = environment.run("sh", "-ec", script, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    drawn = json.loads(run.stdout)
    assert (drawn["status"], drawn["digit"]) == ("recognized", 1)
    lines = [json.loads(line) for line in (tmp_path / "drawings.jsonl").read_text().splitlines()]
    assert lines[0]["id"] == drawn["id"]
    assert lines[0]["strokes"]
    for command, expected in (
        (["label", drawn["id"], "7"], 7),
        (["label", drawn["id"], "none"], None),
        (["wait", drawn["id"]], None),
    ):
        run = environment.run("digitsite", *command)
        assert json.loads(run.stdout)["label"] == expected, run.stderr


def read_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)


class RecordedSite(BaseHTTPRequestHandler):
    """A server that gives the next of `recorded` to each request."""

    recorded: ClassVar[list[Response]] = []
    requests: ClassVar[list[str]] = []

    def respond(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append(f"{self.command} {self.path}")
        status, headers, body = self.recorded.pop(0)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = respond

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def recorded_site() -> Iterator[str]:
    RecordedSite.recorded, RecordedSite.requests = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), RecordedSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_tries_again_while_the_site_is_busy(installed_client: Path, recorded_site: str) -> None:
    labelled = {"id": "x", "status": "recognized", "claim": 1}
    RecordedSite.recorded = [
        (503, {"Retry-After": "0"}, {"code": "unavailable", "detail": "Busy."}),
        (429, {}, {"code": "rate_limited", "detail": "Wait."}),
        (200, {}, labelled),
        (200, {}, labelled),
    ]
    run = Environment(installed_client, recorded_site).run_python(LABEL_CODE)
    assert run.stdout == "1\n", run.stderr
    claim = "POST /api/v1/drawings/x/claim/"
    assert RecordedSite.requests == [claim, claim, claim, "GET /api/v1/drawings/x/"]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            404,
            {"code": "not_found", "detail": "No such drawing."},
            "No such drawing. (404 not_found)",
        ),
        (200, b"<html>", "Not the response"),
    ],
)
def test_reports_a_refusal_in_one_line(
    installed_client: Path, recorded_site: str, status: int, body: Any, words: str
) -> None:
    RecordedSite.recorded = [(status, {}, body)]
    run = Environment(installed_client, recorded_site).run("digitsite", "label", "x", "1")
    assert run.returncode == 1
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_reports_an_unreachable_site(installed_client: Path) -> None:
    url = f"http://127.0.0.1:{find_free_port()}"
    code = f"from digitsite_client import calls; calls.FIRST_PAUSE_S = 0.01; {LABEL_CODE}"
    run = Environment(installed_client, url).run_python(code)
    assert "ConnectError" in run.stderr


@pytest.mark.parametrize("label", ["10", "-1", "seven", ""])
def test_refuses_a_label_that_does_not_exist(installed_client: Path, label: str) -> None:
    run = Environment(installed_client, "http://127.0.0.1:1").run("digitsite", "label", "x", label)
    assert run.returncode == 2


def test_requires_address_and_token(installed_client: Path) -> None:
    run = Environment(installed_client, "", "").run("digitsite", "export")
    assert (run.returncode, "DIGITSITE_URL" in run.stderr) == (1, True)

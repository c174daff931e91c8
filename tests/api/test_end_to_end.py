"""A program and a running site: real web processes, broker and worker over a real port."""

import io
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
import zipfile
from typing import Any
from urllib.error import HTTPError

import pytest
from PIL import Image, ImageDraw

from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, SiteProcess, find_free_port, wait_until

WEBHOOK_DOCS = ROOT / "docs" / "webhooks.md"
ONE = [[[50, 0, 0], [50, 60, 60], [50, 120, 120]]]


class HttpProgram:
    """An HTTP client with an API token."""

    def __init__(self, site: SiteProcess) -> None:
        self.base = f"{site.base_url}/api/v1/"
        made = subprocess.run(
            [sys.executable, "manage.py", "create_api_token", "admin", "--name", "test"],
            cwd=ROOT,
            env=site.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self.key = made.stdout.strip()
        self.password = site.admin_password

    def call(
        self, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.key}", "Content-Type": kind}
        request = urllib.request.Request(self.base + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=deadline(30)) as response:
                return response.status, response.read()
        except HTTPError as refusal:
            return refusal.code, refusal.read()

    def call_json(self, path: str, body: Any = None) -> tuple[int, Any]:
        status, content = self.call(path, body)
        return status, json.loads(content)


@pytest.fixture(scope="module")
def program(live_site: SiteProcess) -> HttpProgram:
    return HttpProgram(live_site)


def _form(picture: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="one.png"\r\n\r\n'
    return head + picture + b"\r\n--x--\r\n"


def _picture_of_one() -> bytes:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).line([(100, 20), (100, 180)], fill=0, width=16)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_drawing_is_recognized_within_the_wait(program: HttpProgram) -> None:
    status, drawing = program.call_json("drawings/?wait=10", {"strokes": ONE})
    assert (status, drawing["status"]) == (200, "recognized")
    assert drawing["prediction"]["digit"] == 1
    status, model = program.call_json(f"models/{drawing['prediction']['model']}/")
    assert (status, model["champion"]) == (200, True)
    status, png = program.call(f"drawings/{drawing['id']}/raster.png")
    assert Image.open(io.BytesIO(png)).size == (28, 28)
    status, labelled = program.call_json(f"drawings/{drawing['id']}/claim/", {"claim": 1})
    assert (status, labelled["claim"]) == (200, 1)


def test_picture_is_recognized(program: HttpProgram) -> None:
    kind = "multipart/form-data; boundary=x"
    status, content = program.call("drawings/?wait=10", _form(_picture_of_one()), kind)
    assert status == 200
    assert json.loads(content)["prediction"]["digit"] == 1


def test_blank_picture_fails_with_a_code(program: HttpProgram) -> None:
    file = io.BytesIO()
    Image.new("L", (50, 50), 255).save(file, "PNG")
    kind = "multipart/form-data; boundary=x"
    status, content = program.call("drawings/?wait=10", _form(file.getvalue()), kind)
    drawing = json.loads(content)
    assert (status, drawing["status"], drawing["error"]) == (200, "failed", "empty")


def test_full_batch_is_recognized(program: HttpProgram) -> None:
    status, drawings = program.call_json("drawings/batch/?wait=20", [{"strokes": ONE}] * 256)
    assert status == 200
    assert {drawing["status"] for drawing in drawings} == {"recognized"}


def test_exports_all_drawings_as_a_zip(program: HttpProgram) -> None:
    _, stored = program.call_json("drawings/?wait=10", {"strokes": ONE})
    status, content = program.call("me/export/", {"password": program.password})
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert (status, archive.testzip()) == (200, None)
    ids = {json.loads(line)["id"] for line in archive.read("drawings.jsonl").splitlines()}
    assert stored["id"] in ids
    assert f"rasters/{stored['id']}.png" in archive.namelist()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_receiver_of_the_documentation_gets_events(program: HttpProgram) -> None:
    """The program in docs/webhooks.md, and the maintenance process."""
    [code] = re.findall(r"```python\n(.*?)```", WEBHOOK_DOCS.read_text(), re.DOTALL)
    port = find_free_port()
    given = {"name": "docs", "url": f"http://127.0.0.1:{port}/", "events": ["model.promoted"]}
    _, webhook = program.call_json("webhooks/", given)
    path = f"webhooks/{webhook['id']}/"
    variables = {"PORT": str(port), "WEBHOOK_SECRET": webhook["secret"]}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as receiver:
        try:
            wait_until(lambda: _is_open(port), within_s=20, what="the receiver listens")
            program.call(f"{path}test/", b"")
            assert receiver.stdout
            assert receiver.stdout.readline() == f"webhook.test {{'webhook': {webhook['id']}}}\n"
        finally:
            receiver.terminate()

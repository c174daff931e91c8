"""Error reports to Sentry: sent to the DSN, and without data of users."""

import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import brotli
import pytest

from digitsite.error_reports import parse_sentry_dsn
from tests.fixtures.settings_process import run_with_settings

SECRET = "ada@example.org"
# Reports include the lines of a program, so the address is not in them.
FAIL = """
import django, logging, os
django.setup()
import sentry_sdk
from django.test import Client

def fail(address):
    raise ValueError("no account " + address)

try:
    fail(os.environ["ADDRESS"])
except ValueError:
    logging.getLogger("recognizer.it").exception("failed for %s", os.environ["ADDRESS"])
sentry_sdk.set_user({"email": os.environ["ADDRESS"]})
logging.getLogger("recognizer.it").error("second for %s", os.environ["ADDRESS"])
sentry_sdk.flush()
"""


class Server(HTTPServer):
    received: "Queue[str]"


class Receiver(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        decode = {"gzip": gzip.decompress, "br": brotli.decompress}
        encoding = self.headers.get("Content-Encoding", "")
        self.server.received.put(decode.get(encoding, bytes)(body).decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sentry() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Receiver)
    server.received = Queue()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_reports_errors_without_data_of_users(sentry: Server, tmp_path: Path) -> None:
    run_with_settings(
        FAIL, tmp_path, SENTRY_DSN=f"http://key@127.0.0.1:{sentry.server_port}/1", ADDRESS=SECRET
    )
    texts = [sentry.received.get_nowait() for _ in range(sentry.received.qsize())]
    assert len(texts) == 2
    assert [SECRET in text for text in texts] == [False, False]
    events = [json.loads(text.splitlines()[2]) for text in texts]
    assert [event["logentry"]["message"] for event in events] == ["failed for %s", "second for %s"]
    [error] = events[0]["exception"]["values"]
    assert error["type"] == "ValueError"
    assert [frame["function"] for frame in error["stacktrace"]["frames"]][-1] == "fail"


@pytest.mark.parametrize("dsn", ["sentry.example", "https://sentry.example/1", "https://key@host/"])
def test_refuses_an_invalid_dsn(dsn: str) -> None:
    with pytest.raises(ValueError, match="must be the DSN"):
        parse_sentry_dsn(dsn)


def test_a_site_without_a_dsn_does_not_load_the_sdk(tmp_path: Path) -> None:
    code = "import sys, django; django.setup(); sys.exit('sentry_sdk' in sys.modules)"
    run_with_settings(code, tmp_path)

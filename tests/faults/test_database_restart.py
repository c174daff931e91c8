"""A restart of PostgreSQL under load: 503 with Retry-After, never 500."""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from http import HTTPStatus
from uuid import uuid4

import pytest

from tests.faults.harness.database_rows import read_rows
from tests.fixtures.deadlines import deadline
from tests.pipeline.factories import load_strokes
from tests.scale.multi_machine_site import MultiMachineSite

pytestmark = pytest.mark.timeout(120)

OUTAGE_S = 3.0
ACCEPTED = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


def test_refuses_requests_during_an_outage_without_duplicates(
    multi_machine_site: MultiMachineSite,
) -> None:
    refs = [str(uuid4()) for _ in range(4)]
    assert {_send(multi_machine_site, ref) for ref in refs} <= ACCEPTED
    multi_machine_site.postgres.crash()
    try:
        statuses = _send_for(multi_machine_site, refs, OUTAGE_S)
    finally:
        multi_machine_site.postgres.start()
    assert statuses.keys() == {HTTPStatus.SERVICE_UNAVAILABLE}
    back_at = time.monotonic()
    while any(_send(multi_machine_site, ref) not in ACCEPTED for ref in refs):
        assert time.monotonic() - back_at < deadline(20)
    assert sorted(row.drawing.ref for row in read_rows(multi_machine_site.database_url)) == sorted(
        refs
    )


def _send_for(site: MultiMachineSite, refs: list[str], seconds: float) -> Counter[int]:
    until = time.monotonic() + seconds
    statuses: Counter[int] = Counter()
    while time.monotonic() < until:
        refs.append(str(uuid4()))
        statuses.update(_send(site, ref) for ref in refs[-2:])
    return statuses


def _send(site: MultiMachineSite, ref: str) -> int:
    """Return the status of one request, 0 for a refusal without Retry-After."""
    body = json.dumps({"ref": ref, "strokes": load_strokes(3)}).encode()
    headers = site.user_session.headers | {"Content-Type": "application/json"}
    url = f"{site.webs[1].base_url}/api/v1/drawings/"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code if int(error.headers.get("Retry-After", 0)) >= 1 else 0

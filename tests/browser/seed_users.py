"""Users of a site who agreed to training, with real handwriting and claims."""

import gzip
import json
import subprocess
import sys
import urllib.request
from itertools import islice
from pathlib import Path
from typing import Any

from tests.browser.drawing_page import INKS
from tests.fixtures.datasets import data_folder
from tests.fixtures.deadlines import deadline
from tests.fixtures.site_process import ROOT, SiteProcess

CREATE_USERS_CODE = """
import json
from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.accounts.api_tokens import create_token
from recognizer.models import User
for number, split in enumerate(["training"] * 3 + ["holdout"]):
    user = User.objects.create(username=f"pupil{number}", split=split)
    set_teaching_consent(user=user, may_teach=True)
    print(create_token(user=user, name="test").key)
"""
DIGITS = (1, 3, 4, 7)  # drawn by each user


def create_teaching_users(site: SiteProcess) -> list[str]:
    """Return an API token per user. The splits are fixed: random ones could all be the same."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", CREATE_USERS_CODE]
    run = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def draw_and_claim(site: SiteProcess, keys: list[str]) -> None:
    """Submit and claim each digit for each user, in different handwriting if the data exists."""
    writers_inks = _writer_inks(len(keys))
    for key, inks in zip(keys, writers_inks, strict=True):
        body = [{"strokes": strokes, "pointer": "pen"} for _, strokes in inks]
        drawings = _post(site, key, "drawings/batch/?wait=15", body)
        for drawing, (label, _) in zip(drawings, inks, strict=True):
            _post(site, key, f"drawings/{drawing['id']}/claim/", {"claim": label})


def _writer_inks(count: int) -> list[list[tuple[int, Any]]]:
    file = data_folder() / "pendigits" / "train.jsonl.gz"
    if not file.is_file():
        own = {ink["label"]: ink["strokes"] for ink in INKS}
        return [[(digit, own[digit]) for digit in DIGITS]] * count
    return [list(inks.items()) for inks in islice(_writers(file), count)]


def _writers(file: Path) -> Any:
    writers_inks: dict[str, dict[int, Any]] = {}
    with gzip.open(file, "rt") as lines:
        for ink in map(json.loads, lines):
            inks = writers_inks.setdefault(ink["writer"], {})
            if ink["label"] in DIGITS and ink["label"] not in inks:
                inks[ink["label"]] = [_add_timestamps(stroke) for stroke in ink["strokes"]]
                if len(inks) == len(DIGITS):
                    yield inks


def _add_timestamps(stroke: Any) -> list[list[float]]:
    """Add times: the tablet recorded a point every 10 ms."""
    return [[x, y, 10 * index, 0.5] for index, (x, y) in enumerate(stroke)]


def _post(site: SiteProcess, key: str, path: str, body: Any) -> Any:
    request = urllib.request.Request(
        f"{site.base_url}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Token {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=deadline(30)) as response:
        return json.load(response)

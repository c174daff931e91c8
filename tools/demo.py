"""Start a demo site with users, drawings, claims, a reviewed training set and a finished run.

`make demo`. The data comes through the HTTP API, as from any client; only the accounts and their
tokens are created in the database. Drawings are synthetic digits. A second start keeps the data.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django
import numpy as np
import requests

DRAWERS = ("ana", "ben", "chloe", "david")
REVIEWER = "rita"
DRAWINGS_PER_USER = 50
WRONG_CLAIM_EVERY = 12
"""Every twelfth claim is wrong, so that reviewers have something to correct."""

READY_TIMEOUT_S = 120
STEP_TIMEOUT_S = 300
POLL_INTERVAL_S = 0.5

Json = Any


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    os.environ.setdefault("REHEARSAL_SAMPLES_PER_EPOCH", "2000")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # also a site that is starting is stopped
    site = subprocess.Popen([sys.executable, "-m", "digitsite.launcher"])
    try:
        django.setup()
        from django.conf import settings

        url = f"http://localhost:{settings.PORT}"
        wait_until_ready(site, url)
        began = time.monotonic()
        password = seed_site(f"{url}/api/v1/")
        if password:
            print(f"The demo data took {time.monotonic() - began:.0f} s.")
            print(
                f"Sign in as {', '.join((*DRAWERS, REVIEWER))} with the password {password}",
                flush=True,
            )
        return site.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        site.terminate()
        site.wait()


def wait_until_ready(site: subprocess.Popen[bytes], url: str) -> None:
    """Raise SystemExit if the site ends or does not get ready in READY_TIMEOUT_S."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            if requests.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        if site.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("The demo site did not start; the cause is in the lines above.")
        time.sleep(POLL_INTERVAL_S)


def seed_site(api: str) -> str:
    """Fill an empty site. Returns the users' password, or "" if the demo users exist already."""
    password = secrets.token_urlsafe(9)
    tokens = create_users(password)
    if not tokens:
        return ""
    clients = {name: ApiClient(api, token) for name, token in tokens.items()}
    print("Drawing, labelling, reviewing and training (about a minute) …", flush=True)
    labels: dict[str, int] = {}
    for number, name in enumerate(DRAWERS):
        labels |= add_drawings(clients[name], seed=number)
    review_drawings(clients[REVIEWER], labels)
    review_holdout(clients[REVIEWER])
    train_model(clients["admin"])
    return password


def create_users(password: str) -> dict[str, str]:
    """Create the demo users and return an API token per user name, also for the first admin."""
    from recognizer.accounts.api_tokens import create_token
    from recognizer.accounts.roles import grant_role
    from recognizer.accounts.training_consent import set_teaching_consent
    from recognizer.models import User

    if User.objects.filter(username=REVIEWER).exists():
        return {}
    users = [User.objects.get(username="admin")]
    for name in (*DRAWERS, REVIEWER):
        user = User.objects.create_user(username=name, password=password)
        set_teaching_consent(user=user, may_teach=True)
        users.append(user)
    grant_role(user=users[-1], role="reviewer")
    return {user.username: create_token(user=user, name="demo", days=1).key for user in users}


class ApiClient:
    """The HTTP API for one user."""

    def __init__(self, api: str, token: str) -> None:
        self._api = api
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token}"

    def request(self, method: str, path: str, body: Json = None) -> Json:
        """Return the response's JSON. Waits after a 429 response; raises on an error."""
        while True:
            response = self._session.request(
                method, self._api + path, json=body, timeout=STEP_TIMEOUT_S
            )
            if response.status_code != 429:
                response.raise_for_status()
                return response.json()
            time.sleep(float(response.headers["Retry-After"]))

    def post(self, path: str, body: Json) -> Json:
        return self.request("POST", path, body)


def add_drawings(client: ApiClient, *, seed: int) -> dict[str, int]:
    """Draw and claim DRAWINGS_PER_USER digits. Returns the digit drawn by drawing id."""
    from ml.data.synthetic_digits import draw_digits

    inks = draw_digits(DRAWINGS_PER_USER, seed)
    batch = [{"strokes": to_strokes(ink.strokes), "pointer": "pen"} for ink in inks]
    stored = client.post("drawings/batch/", batch)
    for number, (ink, drawing) in enumerate(zip(inks, stored, strict=True), 1):
        claim = (ink.label + 1) % 10 if number % WRONG_CLAIM_EVERY == 0 else ink.label
        client.post(f"drawings/{drawing['id']}/claim/", {"claim": claim})
    return {drawing["id"]: ink.label for ink, drawing in zip(inks, stored, strict=True)}


def to_strokes(strokes: Sequence[Any]) -> list[list[list[float]]]:
    """Return strokes in canvas pixels, with 8 ms between points."""
    drawn, t = [], 0
    for stroke in strokes:
        points = np.asarray(stroke, dtype=float) * 220 + 160
        drawn.append([[round(x, 1), round(y, 1), t + 8 * n] for n, (x, y) in enumerate(points)])
        t += 8 * len(points) + 150
    return drawn


def review_drawings(client: ApiClient, labels: dict[str, int]) -> None:
    """Label the drawings in bulk, apart from those of holdout users."""
    by_label: dict[int, list[str]] = defaultdict(list)
    for drawing_id, label in labels.items():
        by_label[label].append(drawing_id)
    for label, ids in by_label.items():
        wait_for(partial(is_labelled, client, ids, label))


def is_labelled(client: ApiClient, ids: list[str], label: int) -> bool:
    """Label the drawings; False while one of them has no prediction yet. Those of holdout users are
    left out: only the review queue gives them to reviewers."""
    refused = client.post("review/relabel/", {"ids": ids, "label": label})["refused"]
    return all(one["code"] == "not_found" for one in refused)


def train_model(client: ApiClient) -> None:
    """Build a training set and train the champion on it for one epoch."""
    snapshot = client.post("snapshots/", {"note": "Demo"})
    body = {"snapshot": snapshot["id"], "rehearsal": "synthetic", "epochs": 1}
    run = client.post("training-runs/", body)
    ended = wait_for(partial(load_ended_run, client, run["id"]))
    print(f"The training run {ended['status']}. {ended['detail']}".rstrip())


def load_ended_run(client: ApiClient, run_id: str) -> Json:
    run = client.request("GET", f"training-runs/{run_id}/")
    return run if run["status"] in ("succeeded", "failed", "cancelled") else None


def review_holdout(client: ApiClient) -> None:
    """Label the drawings of holdout users in the review queue. Their claims are mostly correct."""
    while item := client.request("GET", "review/next/")["item"]:
        review = {"choice": item["claim"], "lease": item["lease"], "blind": True}
        client.post(f"review/{item['id']}/", review)


def wait_for(step: Callable[[], Json]) -> Json:
    """Repeat `step` until its result is true. Raises SystemExit after STEP_TIMEOUT_S."""
    deadline = time.monotonic() + STEP_TIMEOUT_S
    while not (result := step()):
        if time.monotonic() > deadline:
            raise SystemExit("The demo data did not get ready in time; see the site's logs.")
        time.sleep(POLL_INTERVAL_S)
    return result


if __name__ == "__main__":
    sys.exit(main())

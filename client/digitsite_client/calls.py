"""The calls of the HTTP API, without input and output.

Each call is a generator: it yields requests and pauses, receives responses, and returns its result.
The clients in clients.py run the same calls with and without asyncio.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx

MAX_WAIT_S = 20
"""The longest time that one request may wait for a prediction."""
MAX_ATTEMPTS = 6
FIRST_PAUSE_S = 0.5
RETRIED_STATUSES = frozenset({429, 503})
PAGE_SIZE = 100

Strokes = Sequence[Sequence[Sequence[float]]]
Label = int | str | None
"""A digit, "not_a_digit", or None, which removes the label."""
Result = TypeVar("Result")


class Problem(Exception):
    """The site refused a request: the HTTP status, a code for programs, a sentence for users."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({status} {code})")
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Drawing:
    """A drawing. `digit` is None without a prediction, and if it is not a digit. `data` has all
    fields of the API."""

    id: str
    status: str
    decision: str | None
    digit: int | None
    confidence: float | None
    label: Label
    data: dict[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, data: dict[str, Any]) -> Drawing:
        prediction = data.get("prediction") or {}
        return cls(
            id=data["id"],
            status=data["status"],
            decision=prediction.get("decision"),
            digit=prediction.get("digit"),
            confidence=prediction.get("confidence"),
            label=data.get("claim"),
            data=data,
        )


@dataclass(frozen=True)
class Request:
    """A request; the path is relative to /api/v1/. It may be sent again."""

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    data: dict[str, str] | None = None
    file: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Pause:
    seconds: float


Call = Generator[Request | Pause, httpx.Response | None, Result]


def draw(
    *, strokes: Strokes | None, image: str | Path | bytes | None, wait_s: float
) -> Call[Drawing]:
    """Store a drawing, as strokes or as a picture, and wait up to `wait_s` for its prediction.

    The ref makes a repeated request harmless.
    """
    if (strokes is None) == (image is None):
        raise ValueError("Give either strokes or an image.")
    ref = str(uuid.uuid4())
    params = {"wait": min(int(wait_s), MAX_WAIT_S)} if wait_s >= 1 else {}
    if strokes is not None:
        request = Request("POST", "drawings/", params, json={"ref": ref, "strokes": strokes})
    else:
        name, content = _read_image(image)
        request = Request("POST", "drawings/", params, data={"ref": ref}, file=(name, content))
    data = yield from _send(request)
    drawing = yield from get(data["id"])
    return (yield from wait(drawing, timeout_s=wait_s)) if wait_s else drawing


def get(id: str) -> Call[Drawing]:
    return Drawing.parse((yield from _send(Request("GET", f"drawings/{id}/"))))


def wait(drawing: Drawing | str, *, timeout_s: float) -> Call[Drawing]:
    """Return the drawing once it is recognized or failed. Raises TimeoutError."""
    id = drawing if isinstance(drawing, str) else drawing.id
    current = drawing if isinstance(drawing, Drawing) else (yield from get(id))
    waited_s, pause_s = 0.0, 0.1
    while current.status == "queued":
        if waited_s >= timeout_s:
            raise TimeoutError(f"Drawing {id} has no prediction after {timeout_s:g} s.")
        yield Pause(pause_s)
        waited_s += pause_s
        pause_s = min(2 * pause_s, 2.0)
        current = yield from get(id)
    return current


def label(id: str, value: Label) -> Call[Drawing]:
    yield from _send(Request("POST", f"drawings/{id}/claim/", json={"claim": value}))
    return (yield from get(id))


def list_page(query: str, filters: dict[str, Any]) -> Call[tuple[list[Drawing], str | None]]:
    """Return a page of drawings and the query of the next page, or None after the last one."""
    params = dict(parse_qsl(query)) if query else {"limit": PAGE_SIZE, "strokes": "true", **filters}
    data = yield from _send(Request("GET", "drawings/", params))
    following = urlsplit(data["next"]).query if data["next"] else None
    return [Drawing.parse(item) for item in data["results"]], following


def _send(request: Request) -> Call[Any]:
    """Send a request, again if the site is busy or unreachable, and return its JSON. Raises Problem
    and httpx.TransportError."""
    pause_s = FIRST_PAUSE_S
    for attempt in range(1, MAX_ATTEMPTS + 1):
        is_last = attempt == MAX_ATTEMPTS
        try:
            response = yield request
        except httpx.TransportError:
            if is_last:
                raise
        else:
            if response is None:
                raise RuntimeError("A request needs a response.")
            if is_last or response.status_code not in RETRIED_STATUSES:
                return _parse(response)
            pause_s = max(pause_s, _retry_after_s(response))
        yield Pause(pause_s)
        pause_s *= 2
    raise AssertionError("The last attempt returns or raises.")


def _parse(response: httpx.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        raise Problem(response.status_code, "no_json", "Not the response of a Digitsite.") from None
    if response.is_success:
        return body
    raise Problem(response.status_code, str(body.get("code", "")), str(body.get("detail", "")))


def _retry_after_s(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def _read_image(image: str | Path | bytes | None) -> tuple[str, bytes]:
    if isinstance(image, bytes):
        return "image", image
    path = Path(str(image))
    return path.name, path.read_bytes()

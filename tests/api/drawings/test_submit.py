"""POST drawings/ with ink, up to a broker without workers."""

import time
from typing import Any
from uuid import uuid4

import pytest

from recognizer.messaging.redis_keys import redis_key
from recognizer.models import Drawing, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.event_listener import EventListener
from tests.api.factories import STROKES, make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.deadlines import deadline

pytestmark = pytest.mark.usefixtures("pipeline")


def _payload(**overrides: Any) -> dict[str, Any]:
    return {"strokes": STROKES, "ref": str(uuid4()), "pointer": "pen", **overrides}


def test_drawing_is_stored_published_and_sent_to_workers(
    owner_api: ApiClient, owner: User, valkey: BrokerProcess, event_listener: EventListener
) -> None:
    payload = _payload()
    response = owner_api.post("drawings/", payload)
    drawing = Drawing.objects.get()
    assert response.status_code == 202
    assert response.json() == {"id": str(drawing.pk), "status": "queued"}
    assert drawing.owner == owner
    assert (str(drawing.ref), drawing.revision) == (payload["ref"], 1)
    assert (drawing.status, drawing.pointer) == ("queued", "pen")
    [(user_id, event)] = event_listener.events(1)
    assert (user_id, event["type"], event["id"]) == (owner.pk, "drawing", str(drawing.pk))
    assert event["cursor"] == drawing.cursor
    _wait_for_task(valkey)


def test_ref_and_pointer_are_optional(owner_api: ApiClient) -> None:
    assert owner_api.post("drawings/", {"strokes": [[[1, 2]]]}).status_code == 202
    assert Drawing.objects.get().pointer == ""


def test_repeated_request_is_the_same_drawing(owner_api: ApiClient) -> None:
    payload = _payload()
    first, second = (owner_api.post("drawings/", payload) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert Drawing.objects.count() == 1


def test_same_ref_with_other_ink_is_a_conflict(owner_api: ApiClient) -> None:
    payload = _payload()
    owner_api.post("drawings/", payload)
    again = owner_api.post("drawings/", {**payload, "strokes": [[[9, 9], [8, 8]]]})
    assert problem_code(again) == (409, "conflict")


def test_two_users_may_use_the_same_ref(owner_api: ApiClient, outsider_api: ApiClient) -> None:
    payload = _payload()
    ids = {api.post("drawings/", payload).json()["id"] for api in (owner_api, outsider_api)}
    assert len(ids) == 2


def test_recognized_drawing_returns_its_prediction(owner_api: ApiClient, owner: User) -> None:
    payload = _payload(strokes=[[[0, 0], [0, 10]]])
    make_recognized_drawing(owner, ref=payload["ref"], ink="[[[0,0],[0,10]]]", digit=1)
    response = owner_api.post("drawings/", payload)
    assert response.status_code == 200
    assert response.json()["prediction"]["digit"] == 1


def test_refuses_a_deleted_drawing(owner_api: ApiClient) -> None:
    payload = _payload()
    drawing_id = owner_api.post("drawings/", payload).json()["id"]
    owner_api.delete(f"drawings/{drawing_id}/")
    assert problem_code(owner_api.post("drawings/", payload)) == (409, "deleted")


def test_wait_ends_at_its_limit(owner_api: ApiClient) -> None:
    response = owner_api.client.post(
        "/api/v1/drawings/?wait=0.2", _payload(), content_type="application/json"
    )
    assert (response.status_code, response.json()["status"]) == (202, "queued")


REFUSED: list[tuple[Any, int, str]] = [
    ({}, 400, "invalid"),
    ({"strokes": None}, 400, "invalid"),
    ({"strokes": []}, 400, "empty"),
    ({"strokes": [[]]}, 400, "empty"),
    ({"strokes": "M0 0"}, 400, "not_ink"),
    ({"strokes": [[[1]]]}, 400, "not_ink"),
    ({"strokes": [[["1", "2"]]]}, 400, "not_ink"),
    ({"strokes": [[[True, 2]]]}, 400, "not_ink"),
    ({"strokes": [[[1e9, 0]]]}, 400, "out_of_bounds"),
    ({"strokes": [[[0, 0]]] * 201}, 400, "too_many_strokes"),
    ({"strokes": [[[0, 0]] * 5001]}, 400, "too_many_points"),
    ({"strokes": STROKES, "ref": "mine"}, 400, "invalid"),
    ({"strokes": STROKES, "ref": {"a": 1}}, 400, "invalid"),
    ({"strokes": STROKES, "pointer": "nose"}, 400, "invalid"),
    ({"strokes": STROKES, "owner": 1}, 400, "invalid"),
    ({"strokes": STROKES, "image": "x"}, 400, "invalid"),
    ([], 400, "invalid"),
    (7, 400, "invalid"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED, ids=lambda case: str(case)[:40])
def test_refuses_invalid_drawings(owner_api: ApiClient, body: Any, status: int, code: str) -> None:
    response = owner_api.post("drawings/", body)
    assert problem_code(response) == (status, code)
    assert not Drawing.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"strokes": NaN}', "\x00", '"\ud800"'])
def test_refuses_invalid_json(owner_api: ApiClient, text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    response = owner_api.client.post("/api/v1/drawings/", body, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("wait", ["-1", "21", "nan", "inf", "soon", "1e1", ".", "²"])
def test_refuses_an_invalid_wait(owner_api: ApiClient, wait: str) -> None:
    response = owner_api.client.post(
        f"/api/v1/drawings/?wait={wait}", _payload(), content_type="application/json"
    )
    assert problem_code(response) == (400, "invalid")


def test_refuses_a_large_request(owner_api: ApiClient) -> None:
    body = b'{"strokes": "' + b"x" * (8 * 1024 * 1024) + b'"}'
    response = owner_api.client.post("/api/v1/drawings/", body, content_type="application/json")
    assert problem_code(response) == (413, "too_large")


def test_anonymous_users_store_nothing(anonymous_api: ApiClient) -> None:
    assert problem_code(anonymous_api.post("drawings/", _payload())) == (401, "not_authenticated")
    assert not Drawing.objects.exists()


def _wait_for_task(valkey: BrokerProcess) -> None:
    until = time.monotonic() + deadline(5)
    while not valkey.client().llen(redis_key("recognition")):
        assert time.monotonic() < until, "no task came"
        time.sleep(0.01)

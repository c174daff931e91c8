"""Costs of requests and messages: each has one, and spends it."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from recognizer import request_costs
from recognizer.models import Drawing, Label, LabelKind, LabelSource, User
from recognizer.protocol.client_websocket_messages import CLIENT_MESSAGES
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import PASSWORD, SignIn

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def owner_api(owner: User, sign_in: SignIn) -> ApiClient:
    return ApiClient(sign_in(owner))


def _list_routes(patterns: Any = None, namespace: str = "") -> list[str]:
    """Return the names of all routes, with their namespaces."""
    names = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            names += _list_routes(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            names.append(f"{namespace}{pattern.name or ''}")
    return names


@pytest.mark.parametrize("name", sorted(set(_list_routes())))
def test_every_route_has_a_cost(name: str) -> None:
    kinds = [request_costs.find_route_kind(name, method) for method in METHODS]
    assert None not in kinds, f"add {name} to recognizer/request_costs.py"


def test_the_tables_name_no_other_route() -> None:
    assert set(request_costs.ROUTE_COSTS) <= set(_list_routes())


def test_every_socket_message_has_a_cost() -> None:
    types = {message.__name__.removesuffix("Message") for message in CLIENT_MESSAGES}
    assert len(request_costs.MESSAGE_COSTS) == len(types)


def test_every_kind_has_a_cost_and_a_meaning(settings: Settings) -> None:
    assert set(settings.REQUEST_COSTS) == set(request_costs.KIND_MEANINGS)


@pytest.mark.parametrize(("points", "cost"), [(1, 1), (250, 1), (251, 2), (1_000, 4), (5_000, 20)])
def test_ink_costs_by_its_points(points: int, cost: int) -> None:
    assert request_costs.ink_cost(points) == cost


@pytest.mark.parametrize("points", [300, 1_000, 5_000])
def test_the_bytes_of_ink_show_most_of_its_cost(points: int) -> None:
    """A refusal after parsing costs as much as a stored drawing; it must use up the budget too."""
    ink = [[[round(0.17 * i % 280, 2), round(0.31 * i % 280, 2), 16 * i] for i in range(points)]]
    size = len(json.dumps({"strokes": ink}))
    shown = request_costs.request_cost("api-drawings", "POST", size=size)
    assert 0.5 * request_costs.ink_cost(points) <= shown <= request_costs.ink_cost(points)


@pytest.mark.parametrize("path", ["me/", "drawings/", "models/"])
def test_a_read_is_refused_without_budget(
    owner_api: ApiClient, settings: Settings, path: str
) -> None:
    settings.DRAWINGS_BURST, settings.DRAWINGS_PER_MINUTE = 1, 1
    assert owner_api.get(path).status_code == 200
    response = owner_api.get(path)
    assert problem_code(response) == (429, "rate_limited")
    assert int(response["Retry-After"]) > 0


def test_a_page_is_refused_as_a_page(owner: User, sign_in: SignIn, settings: Settings) -> None:
    settings.DRAWINGS_BURST, settings.DRAWINGS_PER_MINUTE = 3, 1
    client = sign_in(owner)
    assert client.get("/history/").status_code == 200
    response = client.get("/history/", headers={"Accept": "text/html"})
    assert response.status_code == 429
    assert response["Content-Type"].startswith("text/html")
    assert b'data-error="rate_limited"' in response.content


def test_an_anonymous_address_has_its_own_budget(
    anonymous: Client, owner_api: ApiClient, settings: Settings
) -> None:
    settings.DRAWINGS_BURST, settings.DRAWINGS_PER_MINUTE = 1, 1
    statuses = [anonymous.get("/how-it-works/").status_code for _ in range(6)]
    assert 1 <= statuses.count(200) <= 3
    assert statuses[-1] == 429
    assert anonymous.get("/healthz").status_code == 200
    assert owner_api.get("me/").status_code == 200


def test_a_large_response_costs_more(owner: User, owner_api: ApiClient, settings: Settings) -> None:
    settings.DRAWINGS_BURST, settings.DRAWINGS_PER_MINUTE = 8, 1
    settings.LIST_MAX_BYTES = 2**20
    _store_heavy_drawings(owner, 12)
    assert owner_api.get("drawings/?strokes=true").status_code == 200
    assert problem_code(owner_api.get("me/")) == (429, "rate_limited")


def test_lists_have_no_ink_unless_it_is_requested(owner: User, owner_api: ApiClient) -> None:
    make_recognized_drawing(owner)
    [without] = owner_api.get("drawings/").json()["results"]
    [with_ink] = owner_api.get("drawings/?strokes=true").json()["results"]
    assert "strokes" not in without
    assert with_ink["strokes"]
    assert problem_code(owner_api.get("drawings/?strokes=yes")) == (400, "invalid")


def test_a_page_of_heavy_ink_ends_early(
    owner: User, owner_api: ApiClient, settings: Settings
) -> None:
    settings.LIST_MAX_BYTES = 250_000
    ids = _store_heavy_drawings(owner, 5)
    pages, url = [], "drawings/?strokes=true"
    while url:
        page = owner_api.get(url).json()
        pages.append([item["id"] for item in page["results"]])
        url = (page["next"] or "").rpartition("/api/v1/")[2]
    assert max(map(len, pages)) < 5
    assert sorted(id for page in pages for id in page) == sorted(ids)


def test_claims_over_http_are_counted(
    owner: User, owner_api: ApiClient, settings: Settings
) -> None:
    settings.DRAWINGS_BURST, settings.DRAWINGS_PER_MINUTE = 5, 1
    drawing = make_recognized_drawing(owner)
    statuses = [
        owner_api.post(f"drawings/{drawing.pk}/claim/", {"claim": 3}).status_code for _ in range(7)
    ]
    assert statuses == [200] * 5 + [429] * 2


def test_a_drawing_shows_its_newest_50_claims(owner: User, owner_api: ApiClient) -> None:
    drawing = make_recognized_drawing(owner)
    Label.objects.bulk_create(
        Label(
            drawing=drawing,
            author=owner,
            revision=1,
            kind=LabelKind.CLAIM,
            source=LabelSource.API,
            value=number % 10,
        )
        for number in range(60)
    )
    labels = owner_api.get(f"drawings/{drawing.pk}/").json()["labels"]
    assert [label["label"] for label in labels] == [number % 10 for number in range(10, 60)]


def test_two_exports_an_hour(owner_api: ApiClient, settings: Settings) -> None:
    settings.EXPORTS_PER_HOUR = 2
    for _ in range(2):
        assert owner_api.post("me/export/", {"password": PASSWORD}).status_code == 200
    response = owner_api.post("me/export/", {"password": PASSWORD})
    assert problem_code(response) == (429, "rate_limited")
    assert 1_000 < int(response["Retry-After"]) <= 1_800


def _store_heavy_drawings(owner: User, count: int) -> list[str]:
    strokes = [[[x % 97, x % 89, x * 8, 0.5] for x in range(5_000)]]
    drawings = [make_recognized_drawing(owner) for _ in range(count)]
    Drawing.objects.filter(owner=owner).update(ink=json.dumps(strokes))
    return [str(drawing.pk) for drawing in drawings]

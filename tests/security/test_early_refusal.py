"""Requests beyond the budget: refused before they are parsed, and without Django."""

from collections.abc import Mapping

import orjson
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer import rate_limits
from recognizer.accounts.api_tokens import create_token
from recognizer.middleware import early_refusal
from recognizer.middleware.request_budget import RequestBudgetMiddleware
from recognizer.models import Drawing, User
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess

HEAVY_INK = orjson.dumps({"strokes": [[[x % 97, x % 89, x * 8, 0.5] for x in range(5_000)]]})
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"


@pytest.fixture
def token(owner: User) -> str:
    return f"Token {create_token(user=owner, name='program').key}"


@pytest.fixture
def no_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_refusal, "MAX_HOLD_S", 0.01)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the requests that reach Django."""
    reached: list[str] = []
    respond = RequestBudgetMiddleware.__call__

    def record(middleware: RequestBudgetMiddleware, request: object) -> object:
        reached.append(str(request))
        return respond(middleware, request)  # type: ignore[arg-type]  # as Django calls it

    monkeypatch.setattr(RequestBudgetMiddleware, "__call__", record)
    return reached


def _send(
    web: WebProcess, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    return web.request(method, f"/api/v1/{path}", body, **headers)


@pytest.mark.parametrize(
    ("method", "path", "media_type", "size"),
    [
        ("POST", "drawings/", JSON, 100_000),
        ("POST", "drawings/", FORM, 5_000),
        ("POST", "drawings/", JSON, 10),
        ("POST", "drawings/batch/", JSON, 400_000),
        ("GET", "drawings/?limit=200", JSON, 0),
        ("GET", "me/", JSON, 0),
        ("GET", "nothing/", JSON, 0),
        ("DELETE", "me/", JSON, 20),
    ],
)
@pytest.mark.usefixtures("no_hold")
def test_requests_beyond_the_budget_do_not_reach_django(
    web: WebProcess,
    token: str,
    settings: Settings,
    calls: list[str],
    method: str,
    path: str,
    media_type: str,
    size: int,
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    assert _send(web, "GET", "me/", Authorization=token)[0] == 200
    calls.clear()
    headers = {"Authorization": token, "Content_Type": media_type}
    status, received, body = _send(web, method, path, b" " * size, **headers)
    assert (status, orjson.loads(body)["code"]) == (429, "rate_limited")
    assert int(received["retry-after"]) > 1
    assert calls == []


@pytest.mark.usefixtures("no_hold")
def test_others_and_free_requests_reach_django(
    web: WebProcess, token: str, outsider: User, cookie: Cookie, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    assert _send(web, "GET", "me/", Authorization=token)[0] == 200
    assert _send(web, "GET", "me/", Authorization=token)[0] == 429
    assert web.request("GET", "/healthz", Authorization=token)[0] == 200
    assert web.request("GET", "/static/nothing.css", Authorization=token)[0] == 404
    other = create_token(user=outsider, name="program").key
    assert _send(web, "GET", "me/", Authorization=f"Token {other}")[0] == 200
    assert _send(web, "GET", "drawings/", Cookie=cookie(outsider))[0] == 429


@pytest.mark.usefixtures("no_hold")
def test_a_page_beyond_the_budget_has_the_design_of_the_site(
    web: WebProcess, owner: User, cookie: Cookie, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    headers = {"Cookie": cookie(owner), "Accept": "text/html"}
    assert web.request("GET", "/history/", None, **headers)[0] == 200
    status, _, body = web.request("GET", "/history/", None, **headers)
    assert (status, b"</html>" in body) == (429, True)


def test_a_refused_response_is_held_back(
    web: WebProcess, token: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float] = []

    async def record(seconds: float) -> None:
        held.append(seconds)

    monkeypatch.setattr(early_refusal, "sleep", record)
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    for _ in range(2):
        _send(web, "GET", "me/", Authorization=token)
    assert held == [early_refusal.MAX_HOLD_S]


def test_pages_beyond_the_budget_wait_for_their_turn(
    web: WebProcess,
    owner: User,
    cookie: Cookie,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[str],
) -> None:
    """One page per second and payer, however many connections ask for pages."""
    held: list[float] = []

    async def record(seconds: float) -> None:
        held.append(seconds)

    monkeypatch.setattr(early_refusal, "sleep", record)
    monkeypatch.setattr(early_refusal, "MAX_TURN_S", 2.5)
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    headers = {"Accept": "text/html", "Cookie": cookie(owner)}
    statuses = [web.request("GET", "/history/", None, **headers)[0] for _ in range(4)]
    assert statuses == [200, 429, 429, 429]
    assert [round(seconds) for seconds in held] == [1, 2, 1]
    assert len(calls) == 3  # the last page is refused: it would wait too long


def test_ink_is_charged_by_its_bytes_before_it_is_parsed(
    owner: User, client: Client, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 20
    client.force_login(owner)
    rate_limits.consume_tokens(owner.pk, 3)
    for _ in range(2):  # 17 are left, but 20 needed: each refusal keeps what parsing costs
        response = client.post("/api/v1/drawings/", HEAVY_INK, content_type=JSON)
        assert response.status_code == 429
    assert rate_limits.seconds_until_affordable(owner.pk, 16) > 0
    assert Drawing.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/me/", 401), ("/api/v1/drawings/", 401), ("/nothing/", 404)],
)
def test_refused_requests_of_strangers_are_counted(
    anonymous: Client, settings: Settings, path: str, status: int
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    for number in range(12):
        response = anonymous.get(path, headers={"Authorization": f"Token {number}"})
        assert response.status_code == status
    assert anonymous.get("/how-it-works/").status_code == 429


@pytest.mark.parametrize("authorization", ["Token {number}", "Basic {number}", ""])
@pytest.mark.usefixtures("no_hold")
def test_a_client_with_many_credentials_is_refused_early(
    web: WebProcess, settings: Settings, calls: list[str], authorization: str
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    statuses = []
    for number in range(40):
        headers = {"Authorization": authorization.format(number=number)} if authorization else {}
        headers["Cookie"] = f"sessionid=none{number}"
        statuses.append(_send(web, "GET", "me/", None, **headers)[0])
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert len(calls) < 30


@pytest.mark.usefixtures("no_hold")
def test_the_authorization_of_a_proxy_is_no_credential(
    web: WebProcess, owner: User, outsider: User, cookie: Cookie, settings: Settings
) -> None:
    settings.DRAWINGS_BURST = settings.DRAWINGS_PER_MINUTE = 1
    proxy = {"Authorization": "Basic shared"}
    assert _send(web, "GET", "drawings/", None, Cookie=cookie(owner), **proxy)[0] == 200
    assert _send(web, "GET", "drawings/", None, Cookie=cookie(owner), **proxy)[0] == 429
    assert _send(web, "GET", "drawings/", None, Cookie=cookie(outsider), **proxy)[0] == 200

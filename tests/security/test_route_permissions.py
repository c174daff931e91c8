"""Every route with every role, compared with permissions.csv; every route has a row."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from recognizer import ingest
from recognizer.models import User
from tests.api.factories import STROKES
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import PASSWORD, SignIn
from tests.security.permissions import (
    ROLES,
    PermissionRow,
    list_api_requests,
    list_routes,
    load_rows,
)
from tests.security.route_targets import RouteTargets, make_route_targets

pytestmark = pytest.mark.slow

ROWS = load_rows("route")
WITH_BROKER = (
    "POST /api/v1/drawings/",
    "POST /api/v1/drawings/batch/",
    "POST /api/v1/models/{id}/compare/",
    "POST /models/{label}/evaluate/",
    "GET /api/v1/drawings/{id}/explanation/",
    "GET /api/v1/examples/{id}/explanation/",
    "GET /readyz",
)
BROKER_ROWS = [row for row in ROWS if row.request in WITH_BROKER]
BODIES: dict[str, Any] = {
    "POST /api/v1/drawings/": {"strokes": STROKES},
    "POST /api/v1/drawings/batch/": [{"strokes": STROKES}],
    "POST /api/v1/drawings/{id}/claim/": {"claim": 3},
    "POST /api/v1/challenges/{id}/prompts/{position}/": {"strokes": None},
    "POST /api/v1/models/{id}/compare/": {},
    "POST /api/v1/models/{id}/promote/": {},
    "POST /api/v1/models/{id}/shadow/": {"on": True},
    "POST /api/v1/models/rollback/": {},
    "POST /api/v1/snapshots/": {},
    "POST /api/v1/training-runs/": {},
    "POST /api/v1/review/relabel/": {"ids": [str(UUID(int=1))], "label": 3},
    "POST /api/v1/review/relabel/undo/": {"events": [0]},
    "POST /api/v1/review/{id}/": {"choice": 3},
    "POST /api/v1/webhooks/": {
        "url": "https://93.184.216.34/",
        "name": "a tool",
        "events": ["model.promoted"],
    },
    "PATCH /api/v1/webhooks/{id}/": {"name": "another tool"},
    "POST /api/v1/me/export/": {"password": PASSWORD},
    "DELETE /api/v1/me/": {"confirm": "nobody"},
}
FORMS = {
    "POST /challenge/leaderboard/": {"nickname": "a-nickname"},
    "POST /history/{drawing_id}/label/": {"label": "3"},
    "POST /accounts/settings/tokens/": {"name": "a plotter", "expires_in_days": "7"},
}
REAUTHENTICATE = "/reauthenticate/"
LOGIN = "/accounts/login/"


@pytest.fixture
def route_targets(db: None, owner: User, admin: User) -> RouteTargets:
    return make_route_targets(owner, admin)


@pytest.fixture
def pipeline(transactional_db: None, valkey: BrokerProcess) -> Iterator[None]:
    yield
    ingest.close()


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row not in BROKER_ROWS], ids=lambda it: it.request
)
def test_each_role_gets_the_expected_result(
    row: PermissionRow, request: pytest.FixtureRequest, route_targets: RouteTargets
) -> None:
    assert _responses_by_role(row, request, route_targets) == row.results


@pytest.mark.usefixtures("pipeline")
@pytest.mark.parametrize("row", BROKER_ROWS, ids=lambda it: it.request)
def test_each_role_gets_the_expected_result_with_a_broker(
    row: PermissionRow, request: pytest.FixtureRequest, route_targets: RouteTargets
) -> None:
    assert _responses_by_role(row, request, route_targets) == row.results


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {row.route for row in ROWS} == list_routes()


def test_every_method_of_the_interface_has_a_row() -> None:
    assert list_api_requests() <= {(row.method, row.route) for row in ROWS}


def test_no_row_is_repeated() -> None:
    assert len({row.request for row in ROWS}) == len(ROWS)


def _responses_by_role(
    row: PermissionRow, request: pytest.FixtureRequest, route_targets: RouteTargets
) -> dict[str, str]:
    sign_in: SignIn = request.getfixturevalue("sign_in")
    found = {}
    for who in ROLES:  # the owner last, whose success must not be what others meet
        client = Client() if who == "anonymous" else sign_in(request.getfixturevalue(who))
        gets = {_response_for(client, row, path) for path in route_targets.paths_of(row.route)}
        found[who] = ", ".join(sorted(gets))
    return found


def _response_for(client: Client, row: PermissionRow, path: str) -> str:
    """Return the status after all redirects, or the sign-in page."""
    body: dict[str, Any] = {}
    if row.request in BODIES:
        body = {"data": BODIES[row.request], "content_type": "application/json"}
    elif row.request in FORMS:
        body = {"data": FORMS[row.request]}
    send = getattr(client, row.method.lower())
    response = send(path, follow=True, **body)
    ends_at = response.redirect_chain[-1][0] if response.redirect_chain else ""
    if response.streaming:
        list(response)
    if ends_at.startswith(LOGIN):
        return "login"
    if REAUTHENTICATE in ends_at:
        return "reauth"
    return str(response.status_code)

"""Every route with every role, compared with permissions.csv; every route has a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin as django_admin
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from recognizer import ingest
from recognizer.accounts.api_tokens import create_token
from recognizer.challenge.challenges import start_challenge
from recognizer.challenge.leaderboard import join_leaderboard
from recognizer.models import (
    Drawing,
    Evaluation,
    ModelVersion,
    Promotion,
    RetrainingProposal,
    ReviewerFinding,
    Snapshot,
    User,
)
from recognizer.protocol import SCHEDULED_RUN_TASK
from recognizer.registry.artifact_store import BROWSER_FILE
from recognizer.snapshots.build import build_snapshot
from tests.api.factories import STROKES, make_model_version, make_recognized_drawing
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import PASSWORD, SignIn
from tests.review.factories import make_review_rows
from tests.security.permissions import (
    ROLES,
    PermissionRow,
    list_api_requests,
    list_routes,
    load_rows,
)
from tests.snapshots.factories import make_labelled_drawing
from tests.training.factories import make_run
from tests.webhooks.conftest import make_webhook_with_delivery

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
NAMED_PARAMETERS = (
    "challenge",
    "example",
    "model",
    "snapshot",
    "training-run",
    "proposal",
    "webhook",
)
SERVED_SHA256 = "cd" * 32
REAUTHENTICATE = "/reauthenticate/"
LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class RouteTargets:
    """The objects of the owner."""

    drawing: Drawing
    rows: dict[str, int]
    values: dict[str, str]

    def paths_of(self, route: str) -> list[str]:
        """Return the URLs of a route, with the objects of the owner."""
        tables = self.rows if "{table}" in route else {"": 0}
        if route == "/admin/{table}/{id}/password/":
            tables = {"recognizer/user": self.rows["recognizer/user"]}
        return [self._path(route, table, str(row)) for table, row in tables.items()]

    def _path(self, route: str, table: str, row: str) -> str:
        named = next((name for name in NAMED_PARAMETERS if f"/{name}s/" in route), "")
        if route.endswith(("/browser/", "/download/")):
            named = "served"  # only files of models that served are public
        id = self.values[named] if named else str(self.drawing.pk)
        own = {"table": table, "object_id": row, "id": row if table else id}
        for name, value in {**self.values, **own}.items():
            route = route.replace(f"{{{name}}}", value)
        assert "{" not in route, route
        return route


@pytest.fixture
def route_targets(db: None, owner: User, admin: User) -> RouteTargets:
    challenger, verdict = _make_passed_challenger(admin)
    token = create_token(user=owner, name="script").token
    session = UserSession.objects.create(user=owner, ip="192.0.2.1", session_key="elsewhere")
    drawing = make_recognized_drawing(owner, claim=5)
    make_review_rows(drawing)
    challenge = start_challenge(owner)
    join_leaderboard(user=owner, nickname="quick-pen")
    snapshot = _snapshot_of(owner)
    run = make_run(snapshot)
    proposal = RetrainingProposal.objects.create(
        reason="Other digits.", metrics={}, snapshot=snapshot
    )
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    Authenticator.objects.create(
        user=owner, type="recovery_codes", data={"seed": "x", "used_mask": 0}
    )
    crontab, _ = CrontabSchedule.objects.get_or_create(minute="0")
    PeriodicTask.objects.get_or_create(
        name="weekly", defaults={"crontab": crontab, "task": SCHEDULED_RUN_TASK}
    )
    IntervalSchedule.objects.get_or_create(every=7, period=IntervalSchedule.DAYS)
    ReviewerFinding.objects.create(
        user=owner,
        labelled_as=9,
        num_incorrect=9,
        num_compared=20,
        expected_rate=0.02,
        p_value=0.0,
        resolved_at=timezone.now(),
        outcome=ReviewerFinding.Outcome.DISMISSED,
    )
    webhook, delivery = make_webhook_with_delivery(admin)
    values = {
        "webhook": str(webhook.pk),
        "webhook_id": str(webhook.pk),
        "delivery": delivery.message_id,
        "delivery_id": str(delivery.pk),
        "drawing_id": str(drawing.pk),
        "digit": "4",
        "challenge": str(challenge.pk),
        "challenge_id": str(challenge.pk),
        "position": "0",
        "example": "4",
        "model": challenger.ref,
        "evaluation_id": str(verdict.pk),
        "label": challenger.ref,
        "second": verdict.champion.ref,
        "served": ModelVersion.objects.get(sha256=SERVED_SHA256).ref,
        "of": "people",
        "answer": "9",
        "snapshot": str(snapshot.pk),
        "snapshot_id": str(snapshot.pk),
        "other": str(snapshot.pk),
        "other_id": str(snapshot.pk),
        "training-run": str(run.pk),
        "run_id": str(run.pk),
        "proposal": str(proposal.pk),
        "proposal_id": str(proposal.pk),
        "token_id": str(token.pk),
        "session_id": str(session.pk),
        "app_label": "recognizer",
        "url": "nothing/",
        "pk": "1",
        "key": "nothing",
        "uidb36": "1",
        "provider_id": "sso",
        "anything": "nothing/",
    }
    return RouteTargets(drawing, _admin_rows(owner), values)


def _make_passed_challenger(admin: User) -> tuple[ModelVersion, Evaluation]:
    """A challenger that passed the gate, and a champion with a predecessor."""
    first, serving = make_model_version(sha256=SERVED_SHA256), make_model_version()
    promotion = Promotion.objects.create(model=first, by=admin, reason="The first.")
    Promotion.objects.create(model=serving, by=admin, reason="Better.", replaces=promotion)
    first.card = {**first.card, "files": {BROWSER_FILE: "ab"}}
    first.save()
    default_storage.save(f"{first.folder}/{BROWSER_FILE}", ContentFile(b"a bundle"))
    challenger = make_model_version("challenger", "ef" * 32)
    verdict = Evaluation.objects.create(
        challenger=challenger, champion=serving, gate_result="passed", decided_by="So.", report={}
    )
    return challenger, verdict


def _snapshot_of(owner: User) -> Snapshot:
    owner.may_teach = True
    owner.save()
    make_labelled_drawing(owner)
    return build_snapshot(by=None)


def _admin_rows(owner: User) -> dict[str, int]:
    """Return a row of every admin table; of users, the owner."""
    tables = {}
    for model in django_admin.site._registry:
        meta = model._meta
        row = owner if model is User else model._default_manager.first()
        assert row is not None, meta.label
        tables[f"{meta.app_label}/{meta.model_name}"] = row.pk
    return tables


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

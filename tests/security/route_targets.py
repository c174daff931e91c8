"""Objects of an owner, and the paths of each route that lead to them."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin as django_admin
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

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
from tests.api.factories import make_model_version, make_recognized_drawing
from tests.review.factories import make_review_rows
from tests.snapshots.factories import make_labelled_drawing
from tests.training.factories import make_run
from tests.webhooks.conftest import make_webhook_with_delivery

NAMED_PARAMETERS = (
    "challenge",
    "example",
    "model",
    "snapshot",
    "training-run",
    "proposal",
    "webhook",
)
FIXED_VALUES = {
    "digit": "4",
    "position": "0",
    "example": "4",
    "of": "people",
    "answer": "9",
    "app_label": "recognizer",
    "url": "nothing/",
    "pk": "1",
    "key": "nothing",
    "uidb36": "1",
    "provider_id": "sso",
    "anything": "nothing/",
}
SERVED_SHA256 = "cd" * 32


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


def make_route_targets(owner: User, admin: User) -> RouteTargets:
    """Make one object of each kind; those of users belong to the owner."""
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
    _make_account_rows(owner)
    _make_schedule_rows()
    webhook, delivery = make_webhook_with_delivery(admin)
    values = {
        **FIXED_VALUES,
        "webhook": str(webhook.pk),
        "webhook_id": str(webhook.pk),
        "delivery": delivery.message_id,
        "delivery_id": str(delivery.pk),
        "drawing_id": str(drawing.pk),
        "challenge": str(challenge.pk),
        "challenge_id": str(challenge.pk),
        "model": challenger.ref,
        "evaluation_id": str(verdict.pk),
        "label": challenger.ref,
        "second": verdict.champion.ref,
        "served": ModelVersion.objects.get(sha256=SERVED_SHA256).ref,
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
    }
    return RouteTargets(drawing, _admin_rows(owner), values)


def _make_account_rows(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    Authenticator.objects.create(
        user=owner, type="recovery_codes", data={"seed": "x", "used_mask": 0}
    )
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


def _make_schedule_rows() -> None:
    crontab, _ = CrontabSchedule.objects.get_or_create(minute="0")
    PeriodicTask.objects.get_or_create(
        name="weekly", defaults={"crontab": crontab, "task": SCHEDULED_RUN_TASK}
    )
    IntervalSchedule.objects.get_or_create(every=7, period=IntervalSchedule.DAYS)


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

"""Loading of objects by id, with permission checks.

Missing objects, deleted objects and objects of other users raise NotFound: ids cannot be probed.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from django.db.models import Q, QuerySet

from recognizer.accounts.username_rules import username_key
from recognizer.base_errors import DomainError
from recognizer.models import (
    Drawing,
    Evaluation,
    ModelVersion,
    RetrainingProposal,
    Snapshot,
    TrainingRun,
    User,
    Webhook,
    WebhookDelivery,
)
from recognizer.review.hidden_checks import hidden_from

MODEL_REF_PATTERN = re.compile(r"([\w.-]{1,40})@([0-9a-f]{12})")


class NotFound(DomainError):
    """The object is missing, deleted, or not visible to the user."""

    code = "not_found"
    status = 404


def get_user_drawing(user: User, drawing_id: object) -> Drawing:
    """Return a drawing of the user that is not deleted, with its prediction and model."""
    found = (
        Drawing.objects.filter(pk=parse_uuid(drawing_id), owner=user, deleted_at=None)
        .select_related("prediction__model", "ground_truth", "owner")
        .first()
    )
    if found is None:
        raise NotFound("You have no such drawing.")
    return found


def list_readable_drawings(user: User, ids: Iterable[object]) -> QuerySet[Drawing]:
    """Return the drawings that belong to the user and are not deleted.

    Reviewers also get drawings whose owners allow training, except hidden checks.
    """
    is_readable = Q(owner=user)
    if user.is_reviewer:
        is_readable |= Q(owner__may_teach=True) & ~hidden_from(user)
    found = Drawing.objects.filter(is_readable, pk__in=list(_parse_uuids(ids)), deleted_at=None)
    return found.select_related("prediction", "owner")


def get_model_version(user: User, ref: object) -> ModelVersion:
    """Return a model by its ref, `name@sha12`. All users may see every model."""
    if not user.is_active:
        raise NotFound("There is no such model.")
    return find_model_version(ref)


def find_model_version(ref: object) -> ModelVersion:
    """Return a model by its ref, for public pages and for commands, which have no user."""
    match = MODEL_REF_PATTERN.fullmatch(str(ref))
    found = match and ModelVersion.objects.filter(name=match[1], sha256__startswith=match[2])
    if not found:
        raise NotFound("There is no such model.")
    return found[0]


def get_evaluation(user: User, evaluation_id: int) -> Evaluation:
    """Return an evaluation. All users may see every evaluation."""
    evaluations = Evaluation.objects.select_related("challenger", "champion", "run")
    found = evaluations.filter(pk=evaluation_id).first()
    if found is None or not user.is_active:
        raise NotFound("There is no such evaluation.")
    return found


def find_admin(username: str | None) -> User | None:
    """Return the admin that a command acts for; None if no name is given."""
    if username is None:
        return None
    found = User.objects.filter(username_key=username_key(username), is_active=True).first()
    if found is None or not found.is_admin:
        raise NotFound(f"There is no admin {username!r}.")
    return found


def get_snapshot(user: User, snapshot_id: object) -> Snapshot:
    """Return a snapshot. Only admins may see snapshots."""
    if not user.is_admin:
        raise NotFound("There is no such snapshot.")
    return find_snapshot(snapshot_id)


def find_snapshot(snapshot_id: object) -> Snapshot:
    """Return a snapshot, for commands, which have no user."""
    found = Snapshot.objects.filter(pk=parse_uuid(snapshot_id)).select_related("by").first()
    if found is None:
        raise NotFound("There is no such snapshot.")
    return found


def get_training_run(user: User, run_id: object) -> TrainingRun:
    """Return a run with its models, snapshot and user. Only admins may see runs."""
    runs = TrainingRun.objects.select_related("base", "snapshot", "model", "by")
    found = runs.filter(pk=parse_uuid(run_id)).first()
    if found is None or not user.is_admin:
        raise NotFound("There is no such run.")
    return found


def get_proposal(user: User, proposal_id: object) -> RetrainingProposal:
    """Return a retraining proposal. Only admins may see proposals."""
    found = (
        RetrainingProposal.objects.filter(pk=parse_id(proposal_id))
        .select_related("snapshot", "run")
        .first()
    )
    if found is None or not user.is_admin:
        raise NotFound("There is no such proposal.")
    return found


def get_webhook(user: User, webhook_id: object) -> Webhook:
    """Return a webhook. Only admins may see webhooks."""
    found = Webhook.objects.filter(pk=parse_id(webhook_id)).first()
    if found is None or not user.is_admin:
        raise NotFound("There is no such webhook.")
    return found


def get_webhook_delivery(webhook: Webhook, delivery_id: object) -> WebhookDelivery:
    """Return a delivery of the webhook by its UUID or its message id."""
    key = parse_uuid(str(delivery_id).removeprefix("msg_"))
    found = webhook.deliveries.filter(pk=key).select_related("webhook").first()
    if found is None:
        raise NotFound("There is no such delivery.")
    return found


def parse_id(raw: object) -> int:
    """Return an integer id. Returns 0, which no object has, if `raw` is no integer."""
    digits = str(raw)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _parse_uuids(raws: Iterable[object]) -> Iterator[UUID]:
    for raw in raws:
        with suppress(NotFound):
            yield parse_uuid(raw)


def parse_uuid(raw: object) -> UUID:
    """Return a UUID. Raises NotFound if `raw` is no UUID."""
    try:
        return UUID(str(raw))
    except ValueError:
        raise NotFound("There is no object with this id.") from None

"""The only way from (user, id) to an object. What is another's, what is gone and what never was
look the same from outside."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from django.db.models import Q, QuerySet

from recognizer.errors import DomainError
from recognizer.models import (
    Drawing,
    Evaluation,
    ModelVersion,
    RetrainingProposal,
    Snapshot,
    TrainingRun,
    User,
)

MODEL_REF_PATTERN = re.compile(r"([\w.-]{1,40})@([0-9a-f]{12})")


class NotFound(DomainError):
    """The object is missing, deleted, or not visible to the user."""

    code = "not_found"
    status = 404


def get_user_drawing(user: User, drawing_id: object) -> Drawing:
    """One's own drawing, with the answer served and its model; not one in the bin."""
    found = (
        Drawing.objects.filter(pk=parse_uuid(drawing_id), owner=user, deleted_at=None)
        .select_related("prediction__model", "ground_truth", "owner")
        .first()
    )
    if found is None:
        raise NotFound("You have no such drawing.")
    return found


def list_readable_drawings(user: User, ids: Iterable[object]) -> QuerySet[Drawing]:
    """Of these drawings one's own, and for reviewers those of people who let others look at them;
    none that is in the bin."""
    may = Q(owner=user)
    if user.is_reviewer:
        may |= Q(owner__may_teach=True)
    found = Drawing.objects.filter(may, pk__in=list(_parse_uuids(ids)), deleted_at=None)
    return found.select_related("prediction", "owner")


def get_model_version(user: User, label: object) -> ModelVersion:
    """A model by the name answers give it, `name@` and twelve hexadecimal digits. All signed-in
    people may see every model."""
    if not user.is_active:
        raise NotFound("There is no such model.")
    return find_model_version(label)


def find_model_version(label: object) -> ModelVersion:
    """The same for the command line, where nobody is signed in."""
    match = MODEL_REF_PATTERN.fullmatch(str(label))
    found = match and ModelVersion.objects.filter(name=match[1], sha256__startswith=match[2])
    if not found:
        raise NotFound("There is no such model.")
    return found[0]


def get_evaluation(user: User, evaluation_id: int) -> Evaluation:
    """A verdict of the gate. All signed-in people may see every one."""
    both = Evaluation.objects.select_related("challenger", "champion", "run")
    found = both.filter(pk=evaluation_id).first()
    if found is None or not user.is_active:
        raise NotFound("There is no such comparison.")
    return found


def find_admin(username: str | None) -> User | None:
    """Whose decision a command carries out; nobody's in particular when none is named."""
    if username is None:
        return None
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None or not found.is_admin:
        raise NotFound(f"There is no admin {username!r}.")
    return found


def get_snapshot(user: User, snapshot_id: object) -> Snapshot:
    """A training set; only admins see any."""
    found = Snapshot.objects.filter(pk=parse_uuid(snapshot_id)).select_related("by").first()
    if found is None or not user.is_admin:
        raise NotFound("There is no such snapshot.")
    return found


def get_training_run(user: User, run_id: object) -> TrainingRun:
    """A run, with its networks, its snapshot and who asked for it; only admins see any."""
    runs = TrainingRun.objects.select_related("base", "snapshot", "model", "by")
    found = runs.filter(pk=parse_uuid(run_id)).first()
    if found is None or not user.is_admin:
        raise NotFound("There is no such run.")
    return found


def get_proposal(user: User, proposal_id: object) -> RetrainingProposal:
    """A proposal of the site, open or settled; only admins see any."""
    found = (
        RetrainingProposal.objects.filter(pk=parse_id(proposal_id))
        .select_related("snapshot", "run")
        .first()
    )
    if found is None or not user.is_admin:
        raise NotFound("There is no such proposal.")
    return found


def parse_id(raw: object) -> int:
    """The id in `raw`; nonsense is an id that nothing has."""
    digits = str(raw)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _parse_uuids(raws: Iterable[object]) -> Iterator[UUID]:
    for raw in raws:
        with suppress(NotFound):
            yield parse_uuid(raw)


def parse_uuid(raw: object) -> UUID:
    """The id in `raw`; nonsense is an id that nothing has."""
    try:
        return UUID(str(raw))
    except ValueError:
        raise NotFound("There is nothing with this id.") from None

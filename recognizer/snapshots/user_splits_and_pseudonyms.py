"""Training and holdout split of users, and their pseudonyms in snapshots.

Both follow from a keyed hash. Without the site's SECRET_KEY, a pseudonym cannot be traced back, and
no account can be chosen for its split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from recognizer.models import Basis, GroundTruth, Split, User

PSEUDONYM_LENGTH = 16
USER_BATCH_SIZE = 500
SPLIT_BLOCK_SIZE = 10
GROUP_ENDS = (3, 6, 10)
"""Groups of places in a block. Each has its part of the holdout users of the block and at least one
training user, so that a site with three users can train and evaluate."""
NUM_EARLY_USERS, MIN_EARLY_HOLDOUT_FRACTION = 30, 0.4
"""A new site holds out more users: an evaluation needs several, even if HOLDOUT_FRACTION is
small."""


def assign_splits(user_ids: Iterable[int]) -> None:
    """Assign a split to users without one. Of two concurrent processes, the first wins. A later
    change of HOLDOUT_FRACTION does not change the split of any user.

    Users are assigned in blocks of ten with the same number of holdout users in each, the permuted
    blocks of clinical trials, in groups of three, three and four. Independent random choices would
    leave one in four small sites with too few holdout users, and some without a training user. The
    choice depends only on the order of users and the secret key, never on drawings or models.
    """
    ids = sorted(user_ids)
    for start in range(0, len(ids), USER_BATCH_SIZE):
        with transaction.atomic():
            _assign_batch(ids[start : start + USER_BATCH_SIZE])


def _assign_batch(ids: Sequence[int]) -> None:
    unassigned = list(User.objects.filter(pk__in=ids, split="").values_list("pk", flat=True))
    if not unassigned:
        return
    num_assigned = User.objects.exclude(split="").count()
    splits = {pk: split_at(num_assigned + index) for index, pk in enumerate(sorted(unassigned))}
    for split in Split:
        members = [pk for pk, other in splits.items() if other == split]
        User.objects.filter(pk__in=members, split="").update(split=split)


def filter_established(user_ids: Collection[int]) -> set[int]:
    """Return the users who may enter the holdout. Accounts are free, so new ones could otherwise
    decide which model is promoted.

    A user is established by the age of the account, a confirmed address, or reviewed drawings.
    """
    joined_before = timezone.now() - timedelta(days=settings.HOLDOUT_MIN_ACCOUNT_DAYS)
    confirmed = EmailAddress.objects.filter(user_id__in=user_ids, verified=True)
    known = set(
        User.objects.filter(
            Q(date_joined__lte=joined_before) | Q(pk__in=confirmed.values("user_id")),
            pk__in=user_ids,
        ).values_list("pk", flat=True)
    )
    new = set(user_ids) - known  # only their drawings are counted
    if not new:
        return known
    reviewed = GroundTruth.objects.filter(
        drawing__owner_id__in=new,
        basis=Basis.REVIEW,
        value__isnull=False,
        is_set_aside=False,
        revision=F("drawing__revision"),
    )
    counted = reviewed.order_by().values_list("drawing__owner_id").annotate(count=Count("pk"))
    return known | {id for id, count in counted if count >= settings.HOLDOUT_MIN_REVIEWED_DRAWINGS}


def split_at(place: int) -> Split:
    """Return the split of the user who registered as number `place`, from 0."""
    block, position = divmod(place, SPLIT_BLOCK_SIZE)
    fraction = settings.HOLDOUT_FRACTION
    if place < NUM_EARLY_USERS:
        fraction = max(fraction, MIN_EARLY_HOLDOUT_FRACTION)
    end = next(end for end in GROUP_ENDS if position < end)
    start = max((other for other in GROUP_ENDS if other < end), default=0)
    num_held_out = min(round(end * fraction) - round(start * fraction), end - start - 1)
    order = sorted(range(start, end), key=lambda at: _digest("block", f"{block} {at}"))
    return Split.HOLDOUT if position in order[:num_held_out] else Split.TRAINING


def compute_import_split(name: str) -> Split:
    """Return the split of an imported user name. A fraction HOLDOUT_FRACTION of all names is held
    out."""
    position = int.from_bytes(_digest("split", name)[:8]) / 2**64
    return Split.HOLDOUT if position < settings.HOLDOUT_FRACTION else Split.TRAINING


def compute_pseudonym(user_id: int) -> str:
    """Return the user's pseudonym, the same in all snapshots."""
    return _digest("person", str(user_id)).hex()[:PSEUDONYM_LENGTH]


def compute_import_pseudonym(file_sha256: str, name: str) -> str:
    """Return the pseudonym of a user name in an imported file. Two files share no pseudonyms.

    The name itself is not stored: it may be a real name, or text that a spreadsheet would run.
    """
    pseudonym = _digest("import", f"{file_sha256} {name}").hex()[:PSEUDONYM_LENGTH]
    return f"{file_sha256[:8]}-{pseudonym}"


def _digest(purpose: str, text: str) -> bytes:
    return salted_hmac(f"recognizer.snapshots.{purpose}", text, algorithm="sha256").digest()

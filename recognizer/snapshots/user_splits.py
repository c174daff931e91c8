"""Which side a person is on, and the name under which training sets know them.

Both follow from a keyed hash: without the site's SECRET_KEY nobody gets from the one back to the
other, or can choose an account for its side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from recognizer.models import Split, User

PSEUDONYM_LENGTH = 16
USER_BATCH_SIZE = 500
SPLIT_BLOCK_SIZE = 10
NUM_EARLY_USERS, MIN_EARLY_HOLDOUT_FRACTION = 30, 0.4
"""A new site holds out more: it takes some hands to judge a network by, whatever the share."""


def ensure_split(user: User) -> Split:
    """The side of this person, given once and for good; a later HOLDOUT_FRACTION moves nobody."""
    if not user.split:
        assign_splits([user.pk])
        user.refresh_from_db(fields=["split"])
    return Split(user.split)


def assign_splits(user_ids: Iterable[int]) -> None:
    """Give a side to those who have none. Where two processes do so at once, the first counts.

    People come in blocks of ten, and of each block the same number is held out: a coin for each
    would leave one small site in four with too few hands to judge by (the permuted blocks of
    clinical trials).
    """
    ids = sorted(user_ids)
    for start in range(0, len(ids), USER_BATCH_SIZE):
        with transaction.atomic():
            _assign_batch(ids[start : start + USER_BATCH_SIZE])


def _assign_batch(ids: Sequence[int]) -> None:
    without = list(User.objects.filter(pk__in=ids, split="").values_list("pk", flat=True))
    if not without:
        return
    given = User.objects.exclude(split="").count()
    sides = {pk: split_at(given + place) for place, pk in enumerate(sorted(without))}
    for side in Split:
        drawn = [pk for pk, its in sides.items() if its == side]
        User.objects.filter(pk__in=drawn, split="").update(split=side)


def split_at(place: int) -> Split:
    """The side of whoever comes in this place, from 0."""
    block, position = divmod(place, SPLIT_BLOCK_SIZE)
    share = settings.HOLDOUT_FRACTION
    if place < NUM_EARLY_USERS:
        share = max(share, MIN_EARLY_HOLDOUT_FRACTION)
    order = sorted(range(SPLIT_BLOCK_SIZE), key=lambda at: _digest("block", f"{block} {at}"))
    return Split.HOLDOUT if position in order[: round(share * SPLIT_BLOCK_SIZE)] else Split.TRAINING


def compute_import_split(person: str) -> Split:
    """Where the hash puts somebody whom an import names; HOLDOUT_FRACTION of all are held out."""
    place = int.from_bytes(_digest("split", person)[:8]) / 2**64
    return Split.HOLDOUT if place < settings.HOLDOUT_FRACTION else Split.TRAINING


def compute_pseudonym(user_id: int) -> str:
    """The pseudonym of a person, the same in all snapshots."""
    return _digest("person", str(user_id)).hex()[:PSEUDONYM_LENGTH]


def compute_import_pseudonym(file_sha256: str, named: str) -> str:
    """The pseudonym of somebody whom an imported file names; two files share nobody. The name
    itself is not kept: it may be a real one, or text that a spreadsheet would run."""
    person = _digest("import", f"{file_sha256} {named}").hex()[:PSEUDONYM_LENGTH]
    return f"{file_sha256[:8]}-{person}"


def _digest(purpose: str, text: str) -> bytes:
    return salted_hmac(f"recognizer.snapshots.{purpose}", text, algorithm="sha256").digest()

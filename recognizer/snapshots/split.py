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

PERSON_LENGTH = 16
PEOPLE_AT_ONCE = 500
BLOCK = 10
FIRST_PEOPLE, FIRST_SHARE = 30, 0.4
"""A new site holds out more: it takes some hands to judge a network by, whatever the share."""


def split_of(user: User) -> Split:
    """The side of this person, given once and for good; a later HOLDOUT_SHARE moves nobody."""
    if not user.split:
        give_splits([user.pk])
        user.refresh_from_db(fields=["split"])
    return Split(user.split)


def give_splits(user_ids: Iterable[int]) -> None:
    """Give a side to those who have none. Where two processes do so at once, the first counts.

    People come in blocks of ten, and of each block the same number is held out: a coin for each
    would leave one small site in four with too few hands to judge by (the permuted blocks of
    clinical trials).
    """
    ids = sorted(user_ids)
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        with transaction.atomic():
            _give_some(ids[start : start + PEOPLE_AT_ONCE])


def _give_some(ids: Sequence[int]) -> None:
    without = list(User.objects.filter(pk__in=ids, split="").values_list("pk", flat=True))
    if not without:
        return
    given = User.objects.exclude(split="").count()
    sides = {pk: side_at(given + place) for place, pk in enumerate(sorted(without))}
    for side in Split:
        drawn = [pk for pk, its in sides.items() if its == side]
        User.objects.filter(pk__in=drawn, split="").update(split=side)


def side_at(place: int) -> Split:
    """The side of whoever comes in this place, from 0."""
    block, position = divmod(place, BLOCK)
    share = settings.HOLDOUT_SHARE
    if place < FIRST_PEOPLE:
        share = max(share, FIRST_SHARE)
    order = sorted(range(BLOCK), key=lambda at: _digest("block", f"{block} {at}"))
    return Split.HOLDOUT if position in order[: round(share * BLOCK)] else Split.TRAINING


def side_of(person: str) -> Split:
    """Where the hash puts somebody whom an import names; HOLDOUT_SHARE of all are held out."""
    place = int.from_bytes(_digest("split", person)[:8]) / 2**64
    return Split.HOLDOUT if place < settings.HOLDOUT_SHARE else Split.TRAINING


def person_of(user_id: int) -> str:
    """The pseudonym of a person, the same in all snapshots."""
    return _digest("person", str(user_id)).hex()[:PERSON_LENGTH]


def person_of_import(file_sha256: str, named: str) -> str:
    """The pseudonym of somebody whom an imported file names; two files share nobody. The name
    itself is not kept: it may be a real one, or text that a spreadsheet would run."""
    person = _digest("import", f"{file_sha256} {named}").hex()[:PERSON_LENGTH]
    return f"{file_sha256[:8]}-{person}"


def _digest(purpose: str, text: str) -> bytes:
    return salted_hmac(f"recognizer.snapshots.{purpose}", text, algorithm="sha256").digest()

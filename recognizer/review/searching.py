"""All drawings that may teach: filters, two orders, pages in bounded memory. Reads only, and never
tells whose a drawing is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, FloatField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from recognizer import contract, registry
from recognizer.history.filters import READERS as OF_HISTORY
from recognizer.history.filters import CannotFilter, Filters, read_filters
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Drawing, Prediction, Status

NEWEST, WORST = "newest", "worst"
SET_ASIDE = "set_aside"
PAGE_SIZE = 60
PAGE_MAX = 200
NAME_MAX = 150
CURRENT = Q(ground_truth__revision=F("revision"))
BROKEN = {"cursor": "Give a cursor as the page before named it."}


@dataclass(frozen=True)
class Search:
    """What is None does not filter. `ground_truth` is a label, "none" or SET_ASIDE;
    `effective_label` would be learnt: the ground truth, else the claim, else the prediction."""

    of_history: Filters = field(default_factory=Filters)
    ground_truth: int | str | None = None
    effective_label: int | None = None
    user: str | None = None
    order: str = NEWEST

    def condition(self) -> Q:
        condition = self.of_history.condition()
        if self.ground_truth is not None:
            condition &= _truth_is(self.ground_truth)
        if self.effective_label is not None:
            condition &= _passes_for(self.effective_label)
        if self.user is not None:
            condition &= Q(owner__username=self.user)
        return condition

    @property
    def worst_for(self) -> int | None:
        """The label by whose probability the worst come first."""
        given = (
            self.effective_label,
            self.ground_truth,
            self.of_history.claim,
            self.of_history.digit,
        )
        return next((value for value in given if isinstance(value, int)), None)


@dataclass(frozen=True)
class Found:
    """Drawings with answers and truths; `next_cursor` is None on the last page."""

    drawings: list[Drawing]
    next_cursor: str | None


def read_search(given: Mapping[str, str]) -> Search:
    """From names and texts; an empty text does not filter. Raises CannotFilter."""
    unknown = "There is no filter of this name. There are: " + ", ".join(READERS) + "."
    errors = {name: unknown for name in given if name not in READERS}
    values: dict[str, Any] = {}
    for name, text in given.items():
        if text and name in OWN:
            read, expected = OWN[name]
            try:
                values[name] = read(text)
            except ValueError:
                errors[name] = f"Give {expected}."
    theirs = {HISTORY_NAMES[name]: text for name, text in given.items() if name in HISTORY_NAMES}
    try:
        values["of_history"] = read_filters(theirs)
    except CannotFilter as error:
        names = {history: ours for ours, history in HISTORY_NAMES.items()}
        errors |= {names[name]: sentence for name, sentence in error.errors.items()}
    search = Search(**values) if not errors else Search()
    if search.order == WORST and search.worst_for is None:
        errors["order"] = "Worst first needs a digit: say what they shall pass for."
    if errors:
        raise CannotFilter(errors)
    return search


def search_drawings(
    search: Search, *, besides_of: int, cursor: str | None = None, size: int = PAGE_SIZE
) -> Found:
    """At most `size` drawings after the cursor; those of the person `besides_of`, who looks, are
    left out. Raises CannotFilter for a cursor that is broken or of another order."""
    drawings = teaching().filter(search.condition()).exclude(owner_id=besides_of)
    value = search.worst_for
    if search.order == WORST and value is not None:
        drawings = drawings.annotate(place=_chance_now(value)).order_by("place", "id")
        after = _after_worst(cursor) if cursor else Q()
    else:
        drawings = drawings.order_by("-created_at", "-id")
        after = _after_newest(cursor) if cursor else Q()
    found = list(drawings.filter(after)[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Found(found[:size], _write_cursor(last, search.order) if last else None)


def teaching() -> QuerySet[Drawing]:
    """Answered drawings, not deleted, of people who agreed that theirs may teach."""
    drawings = Drawing.objects.filter(
        status=Status.RECOGNIZED,
        deleted_at=None,
        prediction__isnull=False,
        owner__may_teach=True,
        owner__is_active=True,
    )
    return drawings.select_related("prediction__model", "ground_truth").defer(
        "prediction__model__card"
    )


def _truth_is(ground_truth: int | str) -> Q:
    if ground_truth == SET_ASIDE:
        return CURRENT & Q(ground_truth__is_set_aside=True)
    if ground_truth == "none":
        return ~(
            CURRENT & (Q(ground_truth__value__isnull=False) | Q(ground_truth__is_set_aside=True))
        )
    return CURRENT & Q(ground_truth__value=ground_truth)


def _passes_for(value: int) -> Q:
    settled = CURRENT & Q(ground_truth__value__isnull=False)
    said = Q(claim=value) | Q(claim=None) & _answer_is(value)
    return (CURRENT & Q(ground_truth__value=value) | ~settled & said) & ~(
        CURRENT & Q(ground_truth__is_set_aside=True)
    )


def _answer_is(value: int) -> Q:
    not_a_digit = Q(prediction__decision=Decision.NOT_A_DIGIT)
    return not_a_digit if value == NOT_A_DIGIT_LABEL else Q(prediction__digit=value) & ~not_a_digit


def _chance_now(value: int) -> Coalesce:
    """How likely the label is to the champion, where it has answered this ink; else to the network
    whose answer was served."""
    served = Prediction.objects.filter(pk=OuterRef("prediction_id"))
    of_champion = Prediction.objects.filter(
        drawing=OuterRef("pk"), revision=OuterRef("revision"), model=registry.champion()
    )
    return Coalesce(_chance(value, of_champion), _chance(value, served))


def _chance(value: int, answers: QuerySet[Prediction]) -> Subquery:
    if value != NOT_A_DIGIT_LABEL:
        chance: Case | Cast = Cast(KT(f"probabilities__{value}"), FloatField())
    else:
        is_none = When(decision=Decision.NOT_A_DIGIT, then=F("confidence"))
        chance = Case(is_none, default=1.0 - F("confidence"), output_field=FloatField())
    return Subquery(answers.order_by().annotate(chance=chance).values("chance")[:1])


def _write_cursor(drawing: Drawing, order: str) -> str:
    place = drawing.created_at.isoformat() if order == NEWEST else repr(vars(drawing)["place"])
    return base64.urlsafe_b64encode(f"{place} {drawing.pk.hex}".encode()).decode().rstrip("=")


def _after_newest(cursor: str) -> Q:
    text, id = _read_cursor(cursor)
    try:
        moment = datetime.fromisoformat(text)
        if moment.utcoffset() is None or not 2000 <= moment.year < 2200:
            raise ValueError
    except ValueError:
        raise CannotFilter(BROKEN) from None
    return Q(created_at__lt=moment) | Q(created_at=moment, id__lt=id)


def _after_worst(cursor: str) -> Q:
    text, id = _read_cursor(cursor)
    try:
        chance = float(text)
        if not 0 <= chance <= 1:
            raise ValueError
    except ValueError:
        raise CannotFilter(BROKEN) from None
    return Q(place__gt=chance) | Q(place=chance, id__gt=id)


def _read_cursor(cursor: str) -> tuple[str, UUID]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        place, _, id = text.partition(" ")
        return place, UUID(id)
    except (ValueError, binascii.Error):
        raise CannotFilter(BROKEN) from None


def _read_truth(text: str) -> int | str:
    return text if text == SET_ASIDE else _read_label(text)


def _read_value(text: str) -> int:
    return NOT_A_DIGIT_LABEL if text == contract.NOT_A_DIGIT else tuple("0123456789").index(text)


def _read_label(text: str) -> int | str:
    return text if text == "none" else _read_value(text)


def _read_person(text: str) -> str:
    if len(text) > NAME_MAX or "\0" in text:
        raise ValueError
    return text


def _read_order(text: str) -> str:
    return (NEWEST, WORST)[(NEWEST, WORST).index(text)]


HISTORY_NAMES = {
    "digit": "digit",
    "claim": "claim",
    "since": "since",
    "until": "until",
    "model": "model",
    "confidence_min": "confidence_min",
    "confidence_max": "confidence_max",
}
"""Filters that the history has as well, by their names here and there."""
OWN: dict[str, tuple[Callable[[str], Any], str]] = {
    "ground_truth": (_read_truth, "a digit from 0 to 9, not_a_digit, none, or set_aside"),
    "effective_label": (_read_value, "a digit from 0 to 9, or not_a_digit"),
    "user": (_read_person, "a username"),
    "order": (_read_order, "newest or worst"),
}
READERS = {
    **{name: OF_HISTORY[history][1] for name, history in HISTORY_NAMES.items()},
    **{name: expected for name, (_, expected) in OWN.items()},
}
"""Every filter by its name, and what it wants."""

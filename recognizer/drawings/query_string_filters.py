"""Filters of a user's drawings: parsed from a query string, applied as a database condition."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from recognizer.base_errors import DomainError
from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Status
from recognizer.permission_checked_lookups import MODEL_REF_PATTERN

PREDICTED_LABEL = Coalesce(F("prediction__digit"), NOT_A_DIGIT_LABEL)
"""The predicted label, 0 to 10; NOT_A_DIGIT_LABEL also if there is no prediction."""
DIGIT_TEXTS = tuple("0123456789")
CONFIDENCE_PATTERN = re.compile(r"[01]|0?\.\d{1,17}|1\.0{1,17}")
DAY_PATTERN = re.compile(r"\d{4}-\d\d-\d\d")


class CannotFilter(DomainError):
    """Unknown or invalid filters."""

    errors: Mapping[str, str]

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Some filters cannot be used.", errors=errors)


@dataclass(frozen=True)
class DrawingFilters:
    """Filters that are None do not apply. `claim` is "none" for drawings without one; `until` is
    exclusive."""

    digit: int | None = None
    claim: int | str | None = None
    wrong: bool | None = None
    unsure: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None
    confidence_min: float | None = None
    confidence_max: float | None = None
    status: str | None = None

    @property
    def is_selective(self) -> bool:
        """Whether few drawings may match in the order of their time. No index has such a filter."""
        return replace(self, since=None, until=None) != DrawingFilters()

    def condition(self) -> Q:
        condition = self._prediction_condition() & self._claim_condition() & self.time_condition()
        return condition if self.status is None else condition & Q(status=self.status)

    def _prediction_condition(self) -> Q:
        condition = Q()
        if self.digit == NOT_A_DIGIT_LABEL:
            condition &= Q(prediction__decision=Decision.NOT_A_DIGIT)
        elif self.digit is not None:
            condition &= Q(prediction__digit=self.digit)
        if self.unsure is not None:
            unsure = Q(prediction__decision=Decision.UNSURE)
            condition &= unsure if self.unsure else Q(prediction__isnull=False) & ~unsure
        if self.model is not None:
            name, _, start = self.model.partition("@")
            condition &= Q(prediction__model__name=name)
            condition &= Q(prediction__model__sha256__startswith=start)
        if self.confidence_min is not None:
            condition &= Q(prediction__confidence__gte=self.confidence_min)
        if self.confidence_max is not None:
            condition &= Q(prediction__confidence__lte=self.confidence_max)
        return condition

    def _claim_condition(self) -> Q:
        condition = Q()
        if self.claim is not None:
            condition &= Q(claim=None if self.claim == "none" else self.claim)
        if self.wrong is not None:
            is_correct = Q(claim=PREDICTED_LABEL)
            condition &= Q(claim__isnull=False, prediction__isnull=False)
            condition &= ~is_correct if self.wrong else is_correct
        return condition

    def time_condition(self) -> Q:
        """Return the condition that the index of a user's drawings serves."""
        condition = Q()
        if self.since is not None:
            condition &= Q(created_at__gte=self.since)
        if self.until is not None:
            condition &= Q(created_at__lt=self.until)
        return condition


def parse_filters(given: Mapping[str, str], *, zone: tzinfo = UTC) -> DrawingFilters:
    """Parse filters by name; an empty text does not filter. Raises CannotFilter.

    Days and times without an offset are those of `zone`.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, text in given.items():
        if name not in FILTER_PARSERS:
            errors[name] = (
                f"There is no filter of this name. There are: {', '.join(FILTER_PARSERS)}."
            )
        elif text:
            parse, expected = FILTER_PARSERS[name]
            try:
                values[name] = parse(text)
            except ValueError:
                errors[name] = f"Give {expected}."
    if errors:
        raise CannotFilter(errors)
    for name in ("since", "until"):
        if name in values and values[name].tzinfo is None:
            values[name] = values[name].replace(tzinfo=zone)
    return DrawingFilters(**values)


def parse_predicted_label(text: str) -> int:
    return NOT_A_DIGIT_LABEL if text == "not_a_digit" else DIGIT_TEXTS.index(text)


def parse_claim(text: str) -> int | str:
    return text if text == "none" else parse_predicted_label(text)


def _parse_datetime(text: str) -> datetime:
    """Parse a time, or a date as its start; without an offset it is naive.

    A plus sign that was not encoded in the URL arrives as a space.
    """
    moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    if not 2000 <= moment.year < 2200:
        raise ValueError
    return moment


def _parse_end(text: str) -> datetime:
    """Parse a time, or a date as its end: the start of the next day, also if the clock changes."""
    moment = _parse_datetime(text)
    return moment + timedelta(days=1) if DAY_PATTERN.fullmatch(text) else moment


def _parse_model_ref(text: str) -> str:
    if not MODEL_REF_PATTERN.fullmatch(text):
        raise ValueError
    return text


def _parse_confidence(text: str) -> float:
    if not CONFIDENCE_PATTERN.fullmatch(text):
        raise ValueError
    return float(text)


def _parse_flag(text: str) -> bool:
    return bool(("false", "true").index(text))


def _parse_status(text: str) -> str:
    return Status(text).value


FILTER_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "digit": (parse_predicted_label, "a digit from 0 to 9, or not_a_digit"),
    "claim": (parse_claim, "a digit from 0 to 9, not_a_digit, or none"),
    "wrong": (_parse_flag, "true or false"),
    "unsure": (_parse_flag, "true or false"),
    "since": (_parse_datetime, "a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"),
    "until": (_parse_end, "a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"),
    "model": (_parse_model_ref, "a model ref such as inknet@0123456789ab"),
    "confidence_min": (_parse_confidence, "a number from 0 to 1"),
    "confidence_max": (_parse_confidence, "a number from 0 to 1"),
    "status": (_parse_status, "queued, recognized or failed"),
}
"""Each filter by name: its parser, and the expected value for error messages."""

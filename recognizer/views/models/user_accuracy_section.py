"""The section "Accuracy on users" of the models page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from recognizer.challenge.accuracy_estimate import AccuracyEstimate
from recognizer.challenge.champion_accuracy import (
    MIN_GROUP_DRAWINGS,
    MIN_USERS,
    ClaimCheck,
    load_champion_accuracy,
)
from recognizer.models import ModelVersion
from recognizer.views.label_and_number_formatting import format_percent

DECIMALS = 1  # the intervals are wider than one point
POINTER_NAMES = {"touch": "Finger", "pen": "Pen", "mouse": "Mouse", "unknown": "Not known"}


@dataclass(frozen=True)
class EstimateRow:
    """A row of a table: a digit, a pointer type or a week."""

    name: str
    estimate: AccuracyEstimate

    @property
    def accuracy(self) -> str:
        return format_percent(self.estimate.accuracy, decimals=DECIMALS)

    @property
    def interval(self) -> str:
        return _format_interval(self.estimate.low, self.estimate.high)


def build_user_accuracy(champion: ModelVersion) -> dict[str, Any]:
    """Return the context of templates/models/user_accuracy.html."""
    found = load_champion_accuracy(champion)
    return {
        "n": found.n,
        "num_users": found.num_users,
        "min_drawings": settings.CHALLENGE_MIN_DRAWINGS,
        "min_users": MIN_USERS,
        "min_group_drawings": MIN_GROUP_DRAWINGS,
        "total": EstimateRow("All", found.total) if found.total else None,
        "tables": [
            ("Digit", _list_rows(found.by_digit)),
            (
                "Pointer type",
                _list_rows({POINTER_NAMES.get(k, k): v for k, v in found.by_pointer.items()}),
            ),
            ("Week from", _list_rows(found.by_week)),
        ],
        "claims": _describe_claims(found.claims),
    }


def _list_rows(groups: Mapping[str, AccuracyEstimate]) -> list[EstimateRow]:
    return [EstimateRow(name, estimate) for name, estimate in groups.items()]


def _describe_claims(claims: ClaimCheck) -> dict[str, Any]:
    share = claims.share
    return {
        "n": claims.n,
        "share": None if share is None else format_percent(share, decimals=DECIMALS),
        "interval": _format_interval(*claims.interval),
    }


def _format_interval(low: float, high: float) -> str:
    first, last = (format_percent(one, decimals=DECIMALS) for one in (low, high))
    return f"{first} to {last}"

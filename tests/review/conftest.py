"""Fixtures of the API tests, and a queue without random checks."""

import pytest

from recognizer.review import hidden_checks, review_queue_prioritization
from tests.api.conftest import (
    anonymous_api,
    event_listener,
    outsider_api,
    owner_api,
    reset_login_attempts,
)

__all__ = ["anonymous_api", "event_listener", "outsider_api", "owner_api", "reset_login_attempts"]


@pytest.fixture(autouse=True)
def disable_random_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable random and hidden checks, except in tests that enable them."""
    monkeypatch.setattr(review_queue_prioritization, "AUDIT_FRACTION", 0.0)
    monkeypatch.setattr(hidden_checks, "CHECK_FRACTION", 0.0)

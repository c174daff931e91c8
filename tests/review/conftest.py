"""What the tests of the interface use, for those of reviewing."""

import pytest

from recognizer.review import again, order
from tests.api.conftest import listener, mine, no_earlier_tries, nobody, theirs

__all__ = ["listener", "mine", "no_earlier_tries", "nobody", "theirs"]


@pytest.fixture(autouse=True)
def nothing_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """No random check and no second look, but in the tests that are about them."""
    monkeypatch.setattr(order, "AUDIT_SHARE", 0.0)
    monkeypatch.setattr(again, "SECOND_SHARE", 0.0)

"""The `migrate` command: its transactions may pause, those of the site may not."""

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection

from tests.fixtures.skip_policy import POSTGRES_REASON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases,
    pytest.mark.skipif(connection.vendor != "postgresql", reason=POSTGRES_REASON),
]


def _idle_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("limit", ["2s", "0"])
def test_migrations_may_pause_within_a_transaction(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{limit}'")
    limits: list[str] = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *_, **__: limits.append(_idle_limit()))
    call_command("migrate", verbosity=0)
    assert (limits, _idle_limit()) == (["0"], limit)


def test_a_test_may_pause() -> None:
    """It is one transaction. Its database was created with the command."""
    assert _idle_limit() == "0"

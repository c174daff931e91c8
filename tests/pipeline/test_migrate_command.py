"""The `migrate` command: its transactions may pause, those of the site may not."""

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection


def _idle_limit() -> str:
    if connection.vendor != "postgresql":
        return "none"
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.both_databases
def test_migrations_may_pause_within_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[str] = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *_, **__: limits.append(_idle_limit()))
    call_command("migrate", verbosity=0)
    during, after = ("0", "2s") if connection.vendor == "postgresql" else ("none", "none")
    assert (limits, _idle_limit()) == ([during], after)

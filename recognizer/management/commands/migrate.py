"""Django's migrate, without the time limit of idle transactions."""

from typing import Any

from django.core.management.commands import migrate

from recognizer.db.postgres_connection import allow_idle_transactions


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        with allow_idle_transactions():
            return super().handle(*args, **options)

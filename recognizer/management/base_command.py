"""The base class of commands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.accounts.username_rules import username_key
from recognizer.base_errors import DomainError
from recognizer.models import User


class SiteCommand(BaseCommand):
    """A command that reports a domain error by its message, without a traceback."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DomainError as error:
            raise CommandError(error.message) from error


def find_user(username: str) -> User:
    """Return a user by name. Raises CommandError."""
    user = User.objects.filter(username_key=username_key(username)).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    return user

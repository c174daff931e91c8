"""Give somebody a role, or take it away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.accounts.roles import ROLES, CannotSetRole, grant_role, revoke_role
from recognizer.models import User


class Command(BaseCommand):
    help = "Make USER a reviewer or an admin; with --revoke, no longer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="username")
        parser.add_argument("role", metavar="ROLE", choices=ROLES, help=" or ".join(ROLES))
        parser.add_argument("--revoke", action="store_true", help="take the role away")

    def handle(self, *args: Any, **options: Any) -> str:
        name, role, revoke = options["user"], options["role"], options["revoke"]
        try:
            user = User.objects.get_by_natural_key(name)
            (revoke_role if revoke else grant_role)(user=user, role=role)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {name!r}.") from None
        except CannotSetRole as error:
            raise CommandError(str(error)) from None
        return f"{name} is {'no longer' if revoke else 'now'} {_with_article(role)}."


def _with_article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"

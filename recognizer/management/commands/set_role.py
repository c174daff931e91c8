"""Grant a role to a user, or revoke it."""

from argparse import ArgumentParser
from typing import Any

from recognizer.accounts.roles import ROLES, grant_role, revoke_role
from recognizer.management.base_command import SiteCommand, find_user


class Command(SiteCommand):
    help = "Make USER a reviewer or an admin, or revoke the role with --revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="username")
        parser.add_argument("role", metavar="ROLE", choices=ROLES, help=" or ".join(ROLES))
        parser.add_argument("--revoke", action="store_true", help="revoke the role")

    def handle(self, *args: Any, **options: Any) -> str:
        name, role, revoke = options["user"], options["role"], options["revoke"]
        (revoke_role if revoke else grant_role)(user=find_user(name), role=role)
        return f"{name} is {'no longer' if revoke else 'now'} {_with_article(role)}."


def _with_article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"

"""Create an API token for a user and print it."""

from argparse import ArgumentParser
from typing import Any

from recognizer.accounts.api_tokens import create_token
from recognizer.management.base_command import SiteCommand, find_user


class Command(SiteCommand):
    help = "Create an API token of USER and print it once; only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="username of the owner")
        parser.add_argument("--name", default="command line", help="purpose of the token")
        parser.add_argument("--days", type=int, help="days until it expires; default: never")

    def handle(self, *args: Any, **options: Any) -> str:
        user = find_user(options["user"])
        return create_token(user=user, name=options["name"], days=options["days"]).key

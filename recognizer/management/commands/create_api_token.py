"""Make an API token for somebody and print it; nothing else is printed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.accounts.tokens import CannotMakeToken, create_token
from recognizer.models import User


class Command(BaseCommand):
    help = "Print a new API token of USER. It is shown this once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="username of the owner")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, help="how long it lasts; for ever without this")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            user = User.objects.get_by_natural_key(options["user"])
            return create_token(user=user, name=options["name"], days=options["days"]).key
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['user']!r}.") from None
        except CannotMakeToken as error:
            raise CommandError(str(error)) from None

"""Let that network serve again which served before this one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.access import NotFound, find_admin
from recognizer.registry.promotion import CannotPromote, roll_back


class Command(BaseCommand):
    help = "Go back to the network that answered before this one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", default="", help="what is wrong with this one")
        parser.add_argument("--by", metavar="ADMIN", help="whose decision it is")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            promotion = roll_back(by=find_admin(options["by"]), reason=options["reason"])
        except (NotFound, CannotPromote) as error:
            raise CommandError(str(error)) from None
        return f"{promotion.model} serves again."

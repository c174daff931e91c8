"""Make the previous champion the champion again."""

from argparse import ArgumentParser
from typing import Any

from recognizer.management.base_command import SiteCommand
from recognizer.permission_checked_lookups import find_admin
from recognizer.registry.promotion import roll_back


class Command(SiteCommand):
    help = "Make the previous champion the champion again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", default="", help="reason for the rollback")
        parser.add_argument("--by", metavar="ADMIN", help="admin who decides")

    def handle(self, *args: Any, **options: Any) -> str:
        promotion = roll_back(by=find_admin(options["by"]), reason=options["reason"])
        return f"{promotion.model} is the champion again."

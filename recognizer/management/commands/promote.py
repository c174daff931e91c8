"""Make a model the champion, like the button on the page of the model."""

from argparse import ArgumentParser
from typing import Any

from recognizer.management.base_command import SiteCommand
from recognizer.permission_checked_lookups import find_admin, find_model_version
from recognizer.registry.promotion import promote_model


class Command(SiteCommand):
    help = "Make MODEL the champion. --reason is required if it did not pass the promotion gate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="name@sha12, as predictions name it")
        parser.add_argument("--reason", default="", help="reason for the promotion")
        parser.add_argument("--by", metavar="ADMIN", help="admin who decides")

    def handle(self, *args: Any, **options: Any) -> str:
        promotion = promote_model(
            model=find_model_version(options["model"]),
            by=find_admin(options["by"]),
            reason=options["reason"],
        )
        return f"{promotion.model} is the champion."

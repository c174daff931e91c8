"""Let a network serve: what the button on its page does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.access import NotFound, find_admin, find_model_version
from recognizer.registry.promotion import CannotPromote, promote_model


class Command(BaseCommand):
    help = "Let MODEL answer from now on. What the gate did not let pass needs --reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="name@sha12, as answers name it")
        parser.add_argument("--reason", default="", help="why it shall serve")
        parser.add_argument("--by", metavar="ADMIN", help="whose decision it is")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            promotion = promote_model(
                model=find_model_version(options["model"]),
                by=find_admin(options["by"]),
                reason=options["reason"],
            )
        except (NotFound, CannotPromote) as error:
            raise CommandError(str(error)) from None
        return f"{promotion.model} serves."
